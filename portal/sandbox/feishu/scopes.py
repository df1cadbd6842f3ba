"""The permissions an app can hold, by code and by the name the console shows.

Fact sheet, section 9.
"""

APPROVAL = "approval:approval"
APPROVAL_READ = "approval:approval:readonly"
DEFINITION = "approval:definition"
INSTANCE = "approval:instance"
TASK = "approval:task"
COMMENT = "approval:instance.comment"
LIST = "approval:approval.list:readonly"
USER_ID = "contact:user.id:readonly"
CONTACT_BASE = "contact:contact.base:readonly"
USER_BASE = "contact:user.base:readonly"
USER_EMAIL = "contact:user.email:readonly"
USER_PHONE = "contact:user.phone:readonly"
EMPLOYEE_ID = "contact:user.employee_id:readonly"
EMPLOYEE = "contact:user.employee:readonly"
DEPARTMENT = "contact:user.department:readonly"

CONSOLE_NAMES = {
    APPROVAL: "查看、创建、更新、删除审批应用相关信息",
    APPROVAL_READ: "访问审批应用",
    DEFINITION: "查看、创建、更新、删除原生审批定义相关信息",
    INSTANCE: "查看、创建、更新、删除原生审批实例相关信息",
    TASK: "同意、拒绝、退回、加签等原生审批任务操作",
    COMMENT: "查看、创建、更新、删除原生审批评论相关信息",
    LIST: "查询审批列表",
    USER_ID: "通过手机号或邮箱获取用户 ID",
    CONTACT_BASE: "获取通讯录基本信息",
    USER_BASE: "获取用户基本信息",
    USER_EMAIL: "获取用户邮箱信息",
    USER_PHONE: "获取用户手机号",
    EMPLOYEE_ID: "获取用户 user ID",
    EMPLOYEE: "获取用户受雇信息",
    DEPARTMENT: "获取用户组织架构信息",
}

# Names that older pages of the console and the manual have for the same permissions.
OTHER_NAMES = {
    "查看、创建、更新审批应用相关信息": APPROVAL, "获取用户 UserID": EMPLOYEE_ID,
}

# The seven that the manual's pages tell an administrator to ask for.
DEFAULT_SCOPES = (
    APPROVAL, APPROVAL_READ, USER_ID, CONTACT_BASE, USER_EMAIL, USER_PHONE, EMPLOYEE_ID,
)


def missing_scope(app_key: str, scopes: tuple[str, ...]) -> tuple[str, dict]:
    """(msg, members of `error`) for a call that needs one of these scopes.

    https://open.feishu.cn/document/uAjLw4CM/ugTN1YjL4UTN24CO1UjN/trouble-shooting/how-to-fix-the-99991672-error
    """
    asked = ",".join(scopes)
    link = f"https://open.feishu.cn/app/{app_key}/auth?q={asked}&op_from=openapi&token_type=tenant"
    shown = ", ".join(scopes)
    message = (
        f"Access denied. One of the following scopes is required: [{shown}]."
        f"应用尚未开通所需的应用身份权限：[{shown}]，点击链接申请并开通任一权限即可：{link}"
    )
    return message, {
        "permission_violations": [
            {"type": "action_scope_required", "subject": scope} for scope in scopes
        ],
        "helps": [{"url": link, "description": "点击链接申请并开通任一权限即可"}],
    }
