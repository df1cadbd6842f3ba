"""Every code DingTalk documents: what the caller must do, said plainly, and the cure.

Source: providers' error pages (server-api-error-codes-1, the error tables of the approval
pages, how-to-process-api-throttling) and recorded answers. One row serves all codes that mean
the same; where an old code (a number) and a new one (a word) agree, they share a row.
"""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from portal.kit.code_rows import Row
from portal.kit.errors import Kind

_AGAIN = _l("稍后自动重试，无需处理；持续出现时把错误码和时间交给钉钉开放平台支持")
_CREDENTIALS = _l(
    "在钉钉开发者后台（open-dev.dingtalk.com）> 应用开发 > 该应用 > 凭证与基础信息 中复制 "
    "Client ID（AppKey）和 Client Secret（AppSecret），填到「流程对接」的钉钉卡片后测试联通性"
)
_SCOPE = _l("在钉钉开发者后台 > 该应用 > 权限管理 中开通所缺的权限，开通后立即生效，再点击重试")
_STAFF = _l("在「用户中心」核对该成员的手机号是否与其钉钉账号一致，以及其是否仍在企业中")
_PORTAL = _l("请把错误码和本条对接记录交给本系统的管理员")
_TEMPLATE = _l("点击重试，系统会重新核对并建立审批模板；不要在 OA 审批管理后台修改或停用该模板")
_GONE = _l("该审批在钉钉已被删除；如仍需审批，在工单页面重新发送")
_WITHDRAW = _l(
    "在钉钉 OA 审批管理后台 > 该模板 > 高级设置 > 撤销/修改审批单 中勾选"
    "「允许提交人撤销审批中的审批单」，再点击重试"
)

ROWS = (
    # Throttling first: its codes share the prefix "Forbidden." with missing permissions.
    Row("Forbidden.AccessDenied.QpsLimitForAppkeyAndApi 90018 "
        "Forbidden.AccessDenied.QpmLimitForAppkeyAndApi", Kind.RETRY,
        _l("该应用调用钉钉接口过于频繁"), _AGAIN, retry_after=1, throttled=True),
    Row("Forbidden.AccessDenied.QpsLimitForApi 90002", Kind.RETRY,
        _l("该钉钉接口整体繁忙"), _AGAIN, retry_after=1, throttled=True),
    Row("autoflowLikeTriggerRateLimited", Kind.RETRY,
        _l("短时间内发起的审批过多"), _AGAIN, retry_after=60, throttled=True),
    Row("ip_banned", Kind.RETRY,
        _l("本服务器的出口 IP 被钉钉暂时封禁（20 秒内调用超过 10,000 次），或中间的代理改写了应答"),
        _l("约 5 分钟后自动重试；持续出现时检查同一出口 IP 上的其他程序，以及代理和防火墙"),
        retry_after=300, throttled=True),
    Row("Forbidden.AccessDenied.ApiCountLimitForOrg 90020", Kind.QUOTA,
        _l("企业本月的钉钉 API 调用次数已用完"),
        _l("在钉钉开发者后台 > 资源用量 中查看用量并购买扩容包，或等到下月 1 日自动恢复")),
    # Who we are.
    Row("invalidClientIdOrSecret 40096 40089 invalid.client unauthorized.client",
        Kind.CREDENTIALS, _l("AppKey 或 AppSecret 不正确"), _CREDENTIALS),
    Row("50003", Kind.CREDENTIALS, _l("该应用在钉钉中已被停用"),
        _l("在钉钉管理后台 > 工作台 > 应用管理 中启用该应用，再点击重试")),
    Row("InvalidAuthentication AuthenticationFailed.MissingParameter 40014 42001 40001 41001 40000",
        Kind.RETRY, _l("钉钉不接受刚取得的访问凭证（access_token）"),
        _l("系统会重新获取凭证并重试；持续出现时在开发者后台核对该应用的 AppSecret 是否刚被重置")),
    # What we may.
    Row("Forbidden.AccessDenied.AccessTokenPermissionDenied 60011 permission.error noPermission "
        "needAuth", Kind.PERMISSION, _l("应用缺少调用该接口的权限"), _SCOPE),
    Row("Forbidden.AccessDenied.IpNotInWhiteList 60020", Kind.PERMISSION,
        _l("本服务器的出口 IP 不在应用的白名单中"),
        _l("在钉钉开发者后台 > 该应用 > 安全设置 > 服务器出口IP 中加入本服务器的公网出口 IP")),
    Row("50002", Kind.PERMISSION, _l("该员工不在应用的授权人员范围内"),
        _l("在钉钉开发者后台 > 该应用 > 权限管理 > 授权人员/部门 中加入该员工或其部门")),
    Row("50004", Kind.PERMISSION, _l("该部门不在应用的授权范围内"),
        _l("在钉钉开发者后台 > 该应用 > 权限管理 > 授权人员/部门 中加入该部门")),
    Row("820008", Kind.REFUSED, _l("钉钉不允许撤销这个审批"), _WITHDRAW),
    Row("810007", Kind.REFUSED, _l("应用无权操作该审批流"),
        _l("该审批不是由本应用发起的；确认 AppKey 没有更换，并在工单页面重新发送")),
    Row("processSetupNoPermission", Kind.REFUSED, _l("发起人无权提交该审批模板"),
        _l("在钉钉 OA 审批管理后台 > 该模板 > 基础设置 中把「谁可以提交」改为全员")),
    Row("benefitStatusInvalid", Kind.REFUSED, _l("该能力只在 OA 高级版提供"), _PORTAL),
    # People.
    Row("60121", Kind.NOT_FOUND, _l("企业中找不到该员工（不在本企业、已离职或尚未接受邀请）"),
        _STAFF),
    Row("40104", Kind.NOT_FOUND, _l("该手机号在企业中无效"), _STAFF),
    Row("userNotExist 33012 60111 60103", Kind.NOT_FOUND, _l("钉钉中没有该员工"), _STAFF),
    Row("60120", Kind.NOT_FOUND, _l("该员工在钉钉中已被停用"), _STAFF),
    Row("no_phone", Kind.NOT_FOUND, _l("该成员没有填写手机号，无法对应到钉钉员工"),
        _l("在「用户中心」为该成员填写手机号")),
    Row("bad_phone", Kind.NOT_FOUND, _l("该成员的手机号不是有效的号码"),
        _l("在「用户中心」更正该成员的手机号（带国家区号，例如 +86 138 0000 0000）")),
    Row("ambiguous_phone", Kind.NOT_FOUND, _l("该手机号在钉钉中对应多个账号，无法确定是哪一个"),
        _l("在钉钉管理后台 > 通讯录 中让该手机号只属于一个账号")),
    Row("no_approver", Kind.REFUSED, _l("没有可以在钉钉审批的人"),
        _l("为该步骤的审批人填写手机号并检查「成员映射」，再在工单页面重新发送")),
    # The template.
    Row("processcode.error process.error formNotExist aflowProcessCodeIsError invalidProcessCode "
        "processCodeError aflowProcessNotExist", Kind.NOT_FOUND,
        _l("审批模板不存在（被删除，或属于另一个应用或企业）"), _TEMPLATE),
    Row("template_disabled", Kind.REFUSED, _l("审批模板在钉钉已被停用"),
        _l("在钉钉 OA 审批管理后台 > 表单管理 中启用该模板，再点击重试")),
    Row("formName.error", Kind.REFUSED, _l("企业中已有同名的审批模板，且不属于本应用"),
        _l("在钉钉 OA 审批管理后台 > 表单管理 中删除或改名该模板，再点击重试")),
    Row("formschema.error schema.sysAttrs.error illegalComponent", Kind.REFUSED,
        _l("钉钉不接受审批模板的内容"), _PORTAL),
    Row("formConverterError", Kind.REFUSED,
        _l("审批单的内容与模板不一致（模板可能在钉钉后台被改过）"), _TEMPLATE),
    Row("processCode.in.blackList", Kind.REFUSED, _l("审批模板因异常发起被钉钉限制"),
        _l("联系钉钉开放平台支持解除限制，再点击重试")),
    # Starting.
    Row("processInstanceInvalidParameter", Kind.REFUSED,
        _l("发起人或审批人的钉钉账号无效（可能已离职）"),
        _l("在「成员映射」中重新检查发起人和审批人，再在工单页面重新发送")),
    Row("invalidParameter", Kind.REFUSED, _l("钉钉不接受请求中的参数（常见原因：发起人已离职）"),
        _l("在「成员映射」中重新检查发起人和审批人，再点击重试")),
    Row("targetSelectApproverMissing targetSelectApproverScopeError targetSelectScopeError",
        Kind.REFUSED, _l("模板自己的流程要求发起人选择审批人"), _TEMPLATE),
    Row("invalidAgentId invalidSuiteKey", Kind.REFUSED, _l("应用标识无效"), _CREDENTIALS),
    # No telling what happened: always looked at before anything is sent again.
    Row("processInstanceStartFailed", Kind.UNKNOWN_OUTCOME, _l("钉钉没有说明审批为何发起失败"),
        _l("系统会先核对是否已发起再重试；持续出现时检查模板是否启用、审批人是否在职、"
           "应用的可使用范围是否包含他们")),
    Row("processGetFailed processGroupGetFailed", Kind.UNKNOWN_OUTCOME,
        _l("钉钉读取审批模板失败（模板可能未启用）"),
        _l("系统会先核对再重试；持续出现时在 OA 审批管理后台 > 表单管理 中检查模板是否启用")),
    Row("internalError sysErrror systemError system.error server.error unknownError "
        "ServiceUnavailable", Kind.UNKNOWN_OUTCOME, _l("钉钉内部错误，不知道是否已经生效"),
        _l("系统会先核对结果再重试，无需处理；持续出现时联系钉钉开放平台支持")),
    # The old API is only read by us: a busy answer is a sure no.
    Row("-1 400001", Kind.RETRY, _l("钉钉系统繁忙"), _AGAIN, retry_after=1),
    # Cards.
    Row("processInstanceIdError processInstanceNotExist aflowProcessInstNotExist "
        "invalidInstanceId", Kind.NOT_FOUND, _l("该审批在钉钉已不存在"), _GONE),
    Row("processFormDataIsNull aflowProcessFormDataIsNull", Kind.REFUSED,
        _l("该审批的表单内容在钉钉为空"), _GONE),
    Row("aflowProcessInstStatusException", Kind.REFUSED,
        _l("该审批目前的状态不允许这个操作（发起后 15 秒内不能撤销）"), _AGAIN),
    Row("aflowProcessInstCanNotBeExecuted task.status.error instance.status.error", Kind.REFUSED,
        _l("该审批任务已不能处理（可能刚被别人处理或转交）"),
        _l("在钉钉中查看该审批由谁处理；需要时在工单页面重新发送")),
    Row("no_task_yet", Kind.RETRY, _l("钉钉还没有为该审批生成任务"), _AGAIN, retry_after=3),
    Row("not_accepted", Kind.UNKNOWN_OUTCOME, _l("钉钉答复操作没有成功，但没有说明原因"), _AGAIN),
    Row("invalidInstanceExecuteTaskId invalidInstanceExecuteActionerUserId "
        "invalidInstanceExecuteResult invalidInstanceTerminateIsSystem "
        "invalidInstanceTerminateOperatingUserId invalidInstanceCommentText "
        "invalidInstanceCommentUserId invalidInstanceListIdsStartTime invalidNextToken "
        "invalidMaxResults invalidEndTime invalidUserIds 400002 40035 43001 43002 43003 43004 "
        "Missingbody param.blank param.illegal param.illegal.operator unsupported.grant.type",
        Kind.REFUSED, _l("钉钉不接受请求中的参数"), _PORTAL),
    Row("404 22", Kind.REFUSED, _l("钉钉没有这个接口地址"),
        _l("检查环境变量 PORTAL_DINGTALK_API_URL 和 PORTAL_DINGTALK_OAPI_URL 是否正确")),
    # The way there.
    Row("connect", Kind.RETRY, _l("连接不上钉钉"),
        _l("系统会自动重试；请检查本服务器的网络和 DNS，防火墙应放行 api.dingtalk.com 和 "
           "oapi.dingtalk.com 的 443 端口")),
    Row("tls", Kind.RETRY, _l("与钉钉建立安全连接失败"),
        _l("检查本服务器的时间是否正确，以及中间是否有代理替换了证书")),
    Row("deadline", Kind.RETRY, _l("本次处理的时间不够，没有发送"), _AGAIN),
    Row("timeout", Kind.UNKNOWN_OUTCOME, _l("钉钉没有在限定时间内答复，不知道是否已经生效"),
        _l("系统会先核对结果再重试，无需处理")),
    Row("reset", Kind.UNKNOWN_OUTCOME, _l("连接在钉钉答复之前中断，不知道是否已经生效"),
        _l("系统会先核对结果再重试，无需处理")),
    Row("unreadable too_large", Kind.UNKNOWN_OUTCOME, _l("钉钉的应答无法识别"),
        _l("系统会先核对结果再重试；持续出现时检查中间的代理是否改写了应答")),
    Row("redirect", Kind.UNKNOWN_OUTCOME, _l("钉钉的地址要求跳转到别处，已拒绝跟随"),
        _l("检查环境变量 PORTAL_DINGTALK_API_URL 和 PORTAL_DINGTALK_OAPI_URL，"
           "以及是否有需要登录的上网网关")),
    Row("address", Kind.REFUSED, _l("钉钉的地址不可用"),
        _l("检查环境变量 PORTAL_DINGTALK_API_URL 和 PORTAL_DINGTALK_OAPI_URL 是否正确")),
)  # fmt: skip
