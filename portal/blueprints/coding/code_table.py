"""CODING's codes and message keys: what the caller must do, said plainly, and the cure.

The platform documents no list of them (fact sheet §5): these were seen in recorded answers and
in public code. Whatever is not here is refused and shown whole.
"""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from portal.kit.code_rows import Row
from portal.kit.errors import Kind

_AGAIN = _l("系统会自动重试，无需处理；持续出现时请联系 CODING 的管理员")
_LOOKED_AT = _l(
    "系统会先在 CODING 中查找再决定是否重试，无需处理；持续出现时请联系 CODING 的管理员"
)
_TOKEN = _l(
    "在 CODING 的「个人账户设置 - 访问令牌」中检查令牌是否过期、被删除或限制了 IP，必要时新建一个，"
    "填到「流程对接」的 CODING 卡片后测试联通性"
)
_SCOPE = _l(
    "在 CODING 的「个人账户设置 - 访问令牌」中给令牌勾选「项目协同」读写、「项目信息」只读，并确认"
    "令牌的所有者是该项目的成员；令牌的权限修改后点击重试"
)
_PROJECT = _l(
    "填写项目地址 https://团队.coding.net/p/<项目名称> 中最后一段的项目名称（不是显示名），"
    "并确认令牌的所有者是该项目的成员"
)
_MANDATORY = _l(
    "请 CODING 的项目管理员在「项目设置 - 项目协同」中把该事项类型的这个属性改为非必填，"
    "或设置默认值，再点击重试"
)
_ASSIGNEE = _l("确认负责人在 CODING 的该项目中是成员，或推送时不指定负责人，再重试")
_SHORTER = _l("缩短 SQL 或备注后重新推送；完整的 SQL 仍可在本系统的「SQL管控」中查看")
_PORTAL = _l("请把错误码和本条对接记录交给本系统的管理员")
_ADDRESS = _l(
    "检查「流程对接」中 CODING 的服务地址：公网填 https://团队.coding.net；私有部署填它的地址，"
    "并由管理员把所在网段加入环境变量 PORTAL_ALLOWED_NETWORKS"
)
_NETWORK = _l("系统会自动重试；请检查本服务器的网络、DNS 和防火墙，以及 CODING 的服务地址是否正确")

ROWS = (
    # How much we may ask: 30 a second, team and action.
    Row("RequestLimitExceeded http_429", Kind.RETRY, _l("调用 CODING 接口过于频繁"), _AGAIN,
        retry_after=2, throttled=True),
    # Who we are, and what we may.
    Row("AuthFailure http_401", Kind.CREDENTIALS,
        _l("CODING 不接受访问令牌（不正确、已过期或已删除）"), _TOKEN),
    Row("UnauthorizedOperation http_403", Kind.PERMISSION,
        _l("访问令牌没有这项操作的权限，或令牌的所有者不在该项目中"), _SCOPE),
    # The project.
    Row("project_not_exists project_not_exist ResourceNotFound.ProjectNotExists", Kind.NOT_FOUND,
        _l("CODING 中没有这个项目，或令牌的所有者不是它的成员"), _PROJECT),
    Row("project_is_archived project_archived", Kind.REFUSED, _l("该项目在 CODING 中已归档"),
        _l("在 CODING 中取消归档，或换一个项目重新推送")),
    Row("issue_project_issue_not_init", Kind.REFUSED, _l("该项目的「项目协同」还没有初始化"),
        _l("新建的项目请先在 CODING 中打开一次「项目协同」完成初始化，再点击重试")),
    # What the project's own set-up demands.
    Row("working_hour_required issue_working_hours_required", Kind.REFUSED,
        _l("该项目要求填写工时，系统已填 8 小时仍被拒绝"), _MANDATORY),
    Row("issue_custom_field_required custom_field_required", Kind.REFUSED,
        _l("该项目的这种事项有必填的自定义属性"), _MANDATORY),
    Row("issue_project_label_required", Kind.REFUSED, _l("该项目的这种事项必须选标签"), _MANDATORY),
    Row("issue_due_date_required", Kind.REFUSED, _l("该项目的这种事项必须填截止日期"), _MANDATORY),
    Row("issue_defect_type_required", Kind.REFUSED, _l("该项目的缺陷必须选缺陷类型"), _MANDATORY),
    Row("issue_requirement_type_required", Kind.REFUSED, _l("该项目的需求必须选需求类型"),
        _MANDATORY),
    Row("issue_assignee_required", Kind.REFUSED, _l("该项目的这种事项必须指定处理人"),
        _l("推送时指定负责人，并确认他的手机号或邮箱与 CODING 账号的相同；"
           "或请项目管理员把处理人改为非必填")),
    Row("issue_sub_task_must_have_parent_issue", Kind.REFUSED, _l("子任务必须有父事项"),
        _l("推送为子任务时填写父事项的编号，或换一种类型")),
    # What we sent.
    Row("issue_assignee_not_exist issue_assignee_no_access", Kind.REFUSED,
        _l("CODING 不接受这个处理人"), _ASSIGNEE),
    Row("issue_parent_not_exist", Kind.REFUSED, _l("父事项不存在"),
        _l("检查父事项的编号是否属于同一个项目，再重新推送")),
    Row("issue_type_unknown", Kind.REFUSED, _l("该项目没有这种事项类型"),
        _l("换一种类型重新推送，或请项目管理员启用该类型")),
    Row("issue_priority_invalid issue_status_not_exist iteration_not_exist issue_title_not_empty "
        "InvalidParameter InvalidParameterValue MissingParameter InvalidAction UnknownParameter",
        Kind.REFUSED, _l("CODING 不接受请求中的内容"), _PORTAL),
    Row("issue_title_too_long issue_description_too_long", Kind.REFUSED,
        _l("标题或描述超过了 CODING 允许的长度"), _SHORTER),
    Row("content_include_sensitive_words", Kind.REFUSED, _l("CODING 认为内容中有敏感词"),
        _l("修改 SQL 或备注中的敏感内容后重新推送，或在 CODING 中手工新建事项")),
    # Issues.
    Row("issue_not_exist", Kind.NOT_FOUND, _l("该事项在 CODING 中已不存在"),
        _l("如仍需跟踪，请重新推送")),
    Row("ResourceNotFound", Kind.NOT_FOUND,
        _l("CODING 找不到请求的内容（项目或事项不存在，或令牌的所有者看不到它）"), _PROJECT),
    # No telling what happened.
    Row("InternalError", Kind.UNKNOWN_OUTCOME, _l("CODING 内部错误，不知道是否已经生效"),
        _LOOKED_AT),
    Row("too_many_issues", Kind.RETRY, _l("CODING 中的新事项太多，没能查完是否已经推送过"),
        _l("系统会再查；一直查不到时会停下，请在该项目中搜索标题里的编号：没有这条事项再点击重试，"
           "那时系统直接新建；已有则不要重试")),
    # The way there.
    Row("blocked", Kind.REFUSED,
        _l("收到的不是 CODING 的应答，请求被它的安全防护或中间的代理拦下了"),
        _l("SQL 的内容可能触发了防护规则：请 CODING 的运维人员放行本系统的请求，或缩短 SQL 后重试；"
           "也请检查服务地址和中间的代理")),
    Row("connect", Kind.RETRY, _l("连接不上 CODING"), _NETWORK),
    Row("tls", Kind.RETRY, _l("与 CODING 建立安全连接失败"),
        _l("检查服务地址的 https 证书、本服务器的时间，以及中间是否有代理替换了证书")),
    Row("deadline", Kind.RETRY, _l("本次处理的时间不够，没有发送"), _AGAIN),
    Row("timeout", Kind.UNKNOWN_OUTCOME, _l("CODING 没有在限定时间内答复，不知道是否已经生效"),
        _LOOKED_AT),
    Row("reset", Kind.UNKNOWN_OUTCOME, _l("连接在 CODING 答复之前中断，不知道是否已经生效"),
        _LOOKED_AT),
    Row("unreadable too_large", Kind.UNKNOWN_OUTCOME, _l("CODING 的应答无法识别"), _LOOKED_AT),
    Row("redirect", Kind.UNKNOWN_OUTCOME, _l("CODING 的地址要求跳转到别处，已拒绝跟随"), _ADDRESS),
    Row("http_404 http_405", Kind.REFUSED, _l("该地址没有 CODING 的接口"), _ADDRESS),
    Row("address", Kind.REFUSED, _l("CODING 的服务地址不允许访问或不可用"), _ADDRESS),
)  # fmt: skip
