"""The permissions an app can hold, by code and by the name the console shows.

Fact sheet, section 10. The codes of the two field permissions are not documented: `fieldMobile`
and `fieldEmail` are names of this stand-in and stand in no answer.
"""

from urllib.parse import quote

FORM_WRITE = "Workflow.Form.Write"
FORM_READ = "Workflow.Form.Read"
INSTANCE_WRITE = "Workflow.Instance.Write"
INSTANCE_READ = "Workflow.Instance.Read"
MEMBER_BY_MOBILE = "qyapi_get_member_by_mobile"
MEMBER = "qyapi_get_member"
FIELD_MOBILE = "fieldMobile"
FIELD_EMAIL = "fieldEmail"
BASE = "qyapi_base"

CONSOLE_NAMES = {
    BASE: "调用企业API时需要具备的基本权限",
    FORM_WRITE: "工作流模板写权限",
    FORM_READ: "工作流模板读权限",
    INSTANCE_WRITE: "工作流实例写权限",
    INSTANCE_READ: "工作流实例读权限",
    MEMBER_BY_MOBILE: "根据手机号姓名获取成员信息的接口访问权限",
    MEMBER: "成员信息读权限",
    FIELD_MOBILE: "企业员工手机号信息",
    FIELD_EMAIL: "邮箱等个人信息",
}

# What an approval integration needs, beside the base permission that every app has.
DEFAULT_SCOPES = tuple(code for code in CONSOLE_NAMES if code != FIELD_EMAIL)


def missing_scope_text(app_key: str, scope: str) -> str:
    """The platform's sentence, with the link at which the permission is asked for."""
    link = f"https://open-dev.dingtalk.com/appscope/apply?content={app_key}%23{quote(scope)}"
    return f"应用尚未开通所需的权限：[{scope}]，点击链接申请并开通即可：{link}"
