"""Every code Feishu documents: what the caller must do, said plainly, and the cure.

Sources: the generic error codes (ukTMukTMukTM/ugjM14COyUjL4ITN), the error tables of the contact
and approval v4 pages, the pages on rate limits and on the monthly total, and recorded answers.
One row serves all codes that mean the same; the old approval family (60xxx) and the new one
(139xxxx) share rows.
"""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from portal.kit.code_rows import Row
from portal.kit.errors import Kind

_AGAIN = _l("稍后自动重试，无需处理；持续出现时把错误码和时间交给飞书开放平台支持")
_LOOKED_AT = _l("系统会先核对结果再重试，无需处理；持续出现时联系飞书开放平台支持")
_CREDENTIALS = _l(
    "在飞书开发者后台（open.feishu.cn/app）> 该应用 > 凭证与基础信息 中复制 App ID 和 "
    "App Secret，填到「流程对接」的飞书卡片后测试联通性；国际版 Lark 的应用还需把环境变量 "
    "PORTAL_FEISHU_API_URL 设为 https://open.larksuite.com"
)
_ENABLE_APP = _l(
    "请企业管理员在飞书管理后台 > 工作台 > 应用管理 中启用该应用并确认可用范围，再点击重试"
)
_SCOPE = _l(
    "在飞书开发者后台 > 该应用 > 权限管理 中以「应用身份」开通所缺的权限，然后在「版本管理与发布」"
    "中创建版本并发布，由企业管理员审核通过后生效，再点击重试"
)
_PORTAL = _l("请把错误码和本条对接记录交给本系统的管理员")
_MAPPING = _l(
    "在「成员映射」中对发起人和审批人点击「重新匹配」（更换 App ID 后所有人都要）"
    "，再点击重试"
)
_RANGE = _l(
    "核对该成员的手机号或邮箱（邮箱须是飞书个人信息中的邮箱，企业邮箱查不到）；在飞书开发者后台 > "
    "该应用 > 权限管理 的「通讯录权限范围」中加入该成员，创建版本并发布，由企业管理员审核通过"
)
_STAFF = _l("请企业管理员在飞书管理后台 > 组织架构 中核对该成员的状态，或为该步骤更换处理人")
_TEMPLATE = _l("点击重试，系统会重新核对并建立审批定义；不要在飞书审批管理后台修改或停用它")
_CARD_GONE = _l("该审批在飞书已不存在；如仍需审批，在工单页面重新发送")
_LOOK_THERE = _l("在飞书中查看该审批由谁处理；需要时在工单页面重新发送")
_ADDRESS = _l("检查环境变量 PORTAL_FEISHU_API_URL 是否正确")
_NETWORK = _l("系统会自动重试；请检查本服务器的网络和 DNS，防火墙应放行飞书开放平台地址的 443 端口")

ROWS = (
    # How much we may ask.
    Row("99991400 http_429", Kind.RETRY, _l("该应用调用飞书接口过于频繁"), _AGAIN, retry_after=5),
    Row("99991403", Kind.QUOTA, _l("企业本月的飞书接口调用次数已用完"),
        _l("请企业管理员在飞书管理后台 > 费用中心 中查看用量并升级版本，或等到下月 1 日自动恢复")),
    # Who we are.
    Row("10003 10005 10012 10013 10014 10015", Kind.CREDENTIALS,
        _l("App ID 或 App Secret 不正确，或应用已被停用"), _CREDENTIALS),
    Row("99991665", Kind.CREDENTIALS, _l("飞书不认识该应用所属的企业"), _CREDENTIALS),
    Row("99991662 99991673", Kind.CREDENTIALS, _l("该应用在飞书中已被停用，或在本企业不可用"),
        _ENABLE_APP),
    Row("99991661 99991663 99991664 99991668 99991671", Kind.RETRY,
        _l("飞书不接受刚取得的访问凭证（tenant_access_token）"),
        _l("系统会重新获取凭证并重试；持续出现时在开发者后台核对该应用的 App Secret 是否刚被重置")),
    # What we may.
    Row("99991672", Kind.PERMISSION, _l("应用缺少调用该接口的权限，或开通权限的新版本尚未发布"),
        _SCOPE),
    Row("99991401", Kind.PERMISSION, _l("本服务器的出口 IP 不在应用的 IP 白名单中"),
        _l("在飞书开发者后台 > 该应用 > 安全设置 > IP 白名单 中加入本服务器的公网出口 IP")),
    Row("40004", Kind.PERMISSION, _l("该部门不在应用的通讯录权限范围内"), _RANGE),
    Row("99991677 99991679", Kind.REFUSED, _l("该接口要求用户身份的授权"), _PORTAL),
    Row("1390009 60009", Kind.REFUSED, _l("飞书不允许这个人做这个操作（任务可能已转交或已处理）"),
        _LOOK_THERE),
    Row("1390018", Kind.REFUSED, _l("该审批要求手写签名，不能在门户中处理"),
        _l("请该处理人在飞书中处理；并在飞书审批管理后台关闭该审批定义的手写签名")),
    Row("60011 60013", Kind.REFUSED, _l("企业的飞书版本不支持该审批能力"),
        _l("请企业管理员升级飞书版本，或在「流程对接」中停用飞书审批")),
    # People.
    Row("no_account 41050", Kind.NOT_FOUND,
        _l("飞书没有给出该成员的账号：可能不在应用的通讯录权限范围内、扩大范围的新版本尚未发布、"
           "登记的是企业邮箱（企业邮箱查不到人），或已离职；飞书不说明是哪一种"), _RANGE),
    Row("no_contact", Kind.NOT_FOUND, _l("该成员没有填写手机号或邮箱，无法对应到飞书账号"),
        _l("在「用户中心」为该成员填写手机号或邮箱")),
    Row("bad_phone", Kind.NOT_FOUND, _l("该成员的手机号不是有效的号码"),
        _l("在「用户中心」更正该成员的手机号（带国家区号，例如 +86 138 0000 0000）")),
    Row("ambiguous_account", Kind.NOT_FOUND,
        _l("该成员的手机号和邮箱在飞书中属于不同的人，无法确定是哪一个"),
        _l("在「用户中心」核对该成员的手机号和邮箱，使两者属于同一个飞书账号")),
    Row("account_frozen", Kind.NOT_FOUND, _l("该成员的飞书账号已被暂停使用"), _STAFF),
    Row("account_resigned", Kind.NOT_FOUND, _l("该成员在飞书中已离职"), _STAFF),
    Row("account_exited", Kind.NOT_FOUND, _l("该成员已退出飞书中的企业"), _STAFF),
    Row("no_approver", Kind.REFUSED, _l("没有可以在飞书审批的人"),
        _l("为该步骤的审批人填写手机号或邮箱并检查「成员映射」，再在工单页面重新发送")),
    Row("99992351 99992352 99992353 99992359 99992360 60004 1390004 41012", Kind.NOT_FOUND,
        _l("飞书中没有这个账号（可能已离职）"), _MAPPING),
    Row("99992361", Kind.NOT_FOUND, _l("该账号的 open_id 属于另一个应用（App ID 换过）"), _MAPPING),
    Row("99992364", Kind.NOT_FOUND, _l("该账号属于另一个企业"), _MAPPING),
    Row("60005", Kind.REFUSED, _l("飞书无法确定发起人所在的部门"),
        _l("请企业管理员在飞书管理后台确认发起人属于某个部门，再点击重试")),
    # The definition.
    Row("60002 1390002 1390016", Kind.NOT_FOUND,
        _l("审批定义不存在（被删除，或属于另一个应用或企业）"), _TEMPLATE),
    Row("1390015 template_disabled", Kind.REFUSED, _l("审批定义在飞书已被停用"),
        _l("在飞书审批管理后台（www.feishu.cn/approval/admin）启用该审批定义，再点击重试")),
    Row("1390013", Kind.REFUSED, _l("审批定义在飞书被改成了自由流程，不能通过接口发起"), _TEMPLATE),
    Row("60006 1395006", Kind.REFUSED,
        _l("审批单的内容与审批定义不一致（定义可能在飞书后台被改过）"), _TEMPLATE),
    Row("60007 60008 1390007", Kind.REFUSED, _l("审批定义的订阅状态没有变化"), _PORTAL),
    # Cards.
    Row("60012", Kind.REFUSED, _l("飞书已有同一编号的审批，但按编号找不到它"), _LOOK_THERE),
    Row("60003 1390003", Kind.NOT_FOUND, _l("该审批在飞书已不存在"), _CARD_GONE),
    Row("60010 1390010", Kind.REFUSED, _l("该审批任务已不能处理（可能刚被别人处理或转交）"),
        _LOOK_THERE),
    Row("1395210", Kind.REFUSED, _l("该审批在飞书已被撤销"), _CARD_GONE),
    Row("unknown_state", Kind.REFUSED, _l("该审批在飞书处于未知的状态，没有撤回"), _LOOK_THERE),
    Row("no_task_yet", Kind.RETRY, _l("飞书还没有为该审批生成任务"), _AGAIN, retry_after=3),
    Row("60014", Kind.RETRY, _l("该审批正被同时修改，飞书没有处理这次操作"), _AGAIN, retry_after=1),
    Row("60001 1390001 99992402 9499 40001 99991201 99991301", Kind.REFUSED,
        _l("飞书不接受请求中的参数或地址"), _PORTAL),
    # No telling what happened: always looked at before anything is sent again.
    Row("1395001 65001 2200 40003", Kind.UNKNOWN_OUTCOME,
        _l("飞书内部错误，不知道是否已经生效"), _LOOKED_AT),
    # The way there.
    Row("connect", Kind.RETRY, _l("连接不上飞书"), _NETWORK),
    Row("tls", Kind.RETRY, _l("与飞书建立安全连接失败"),
        _l("检查本服务器的时间是否正确，以及中间是否有代理替换了证书")),
    Row("deadline", Kind.RETRY, _l("本次处理的时间不够，没有发送"), _AGAIN),
    Row("timeout", Kind.UNKNOWN_OUTCOME, _l("飞书没有在限定时间内答复，不知道是否已经生效"),
        _LOOKED_AT),
    Row("reset", Kind.UNKNOWN_OUTCOME, _l("连接在飞书答复之前中断，不知道是否已经生效"),
        _LOOKED_AT),
    Row("unreadable too_large", Kind.UNKNOWN_OUTCOME, _l("飞书的应答无法识别"),
        _l("系统会先核对结果再重试；持续出现时检查中间的代理是否改写了应答")),
    Row("html_page", Kind.UNKNOWN_OUTCOME, _l("收到的是一个网页，而不是飞书的应答"),
        _l("检查是否有需要登录的上网网关或代理，以及环境变量 PORTAL_FEISHU_API_URL 是否正确")),
    Row("redirect", Kind.UNKNOWN_OUTCOME, _l("飞书的地址要求跳转到别处，已拒绝跟随"),
        _l("检查环境变量 PORTAL_FEISHU_API_URL，以及是否有需要登录的上网网关")),
    Row("http_404 http_405", Kind.REFUSED, _l("该地址没有飞书的接口"), _ADDRESS),
    Row("address", Kind.REFUSED, _l("飞书的地址不可用"), _ADDRESS),
)  # fmt: skip
