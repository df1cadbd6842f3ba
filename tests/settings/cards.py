"""What differs between the providers' cards on the 流程对接 page."""

from __future__ import annotations

from dataclasses import dataclass

from portal.sandbox.seed import (
    DEFAULT_APP_KEY,
    DEFAULT_APP_SECRET,
    FEISHU_APP_ID,
    FEISHU_APP_SECRET,
)

PATH = "/settings/integrations"


@dataclass(frozen=True)
class Card:
    """One provider's card.

    key, secret      how the platform calls an app's key and secret
    key_field        the field of the key
    app              key and secret of the app that the stand-in knows
    look_up          fields of the test: somebody whom the stand-in knows
    bad_look_ups     field → what it does not take, on a test and on a save
    subtitle         whom the card promises to reach
    permissions      code → the console's name
    steps            what 如何配置 has to say besides
    address          settings with the platform's address
    token            part of the path that gives tokens
    month            this month's use while there was none
    """

    name: str
    title: str
    key: str
    secret: str
    key_field: str
    app: tuple[str, str]
    look_up: dict[str, str]
    bad_look_ups: tuple[tuple[str, dict[str, str]], ...]
    subtitle: str
    permissions: dict[str, str]
    steps: tuple[str, ...]
    address: tuple[str, ...]
    token: str
    month: str

    @property
    def path(self) -> str:
        """Where the card's form posts to."""
        return f"{PATH}/{self.name}"

    def fields(self, **values) -> dict:
        """Values under the names that this card's form has. key: the app's."""
        if "key" in values:
            values[self.key_field] = values.pop("key")
        return values


DINGTALK = Card(
    name="dingtalk",
    title="钉钉",
    key="AppKey",
    secret="AppSecret",
    key_field="app_key",
    app=(DEFAULT_APP_KEY, DEFAULT_APP_SECRET),
    look_up={"phone": "13800000001"},
    bad_look_ups=(("phone", {"phone": "12"}), ("phone", {"phone": "call me"})),
    subtitle="审批信息将根据审核人的手机号发送到相应的钉钉账号",
    permissions={
        "Workflow.Form.Write": "工作流模板写权限",
        "Workflow.Form.Read": "工作流模板读权限",
        "Workflow.Instance.Write": "工作流实例写权限",
        "Workflow.Instance.Read": "工作流实例读权限",
        "qyapi_get_member_by_mobile": "根据手机号姓名获取成员信息的接口访问权限",
        "qyapi_get_member": "成员信息读权限",
        "fieldMobile": "企业员工手机号信息",
    },
    steps=("允许提交人撤销审批中的审批单", "服务器出口IP", "授权范围", "发布版本"),
    address=("DINGTALK_API_URL", "DINGTALK_OAPI_URL"),
    token="accessToken",
    month="0 / 5000 次",
)
FEISHU = Card(
    name="feishu",
    title="飞书",
    key="App ID",
    secret="App Secret",
    key_field="app_id",
    app=(FEISHU_APP_ID, FEISHU_APP_SECRET),
    look_up={"account_type": "phone", "account": "13800000001"},
    bad_look_ups=(
        ("account", {"account_type": "phone", "account": "12"}),
        ("account", {"account_type": "phone", "account": "zhangsan@example.com"}),
        ("account", {"account_type": "email", "account": "call me"}),
        ("account", {"account_type": "email", "account": "13800000001"}),
        ("account_type", {"account_type": "union_id", "account": "x"}),
    ),
    subtitle="审批信息将根据审核人的手机号或邮箱发送到相应的飞书账号",
    permissions={
        "approval:approval": "查看、创建、更新审批应用相关信息",
        "approval:approval:readonly": "访问审批应用",
        "contact:contact.base:readonly": "获取通讯录基本信息",
        "contact:user.email:readonly": "获取用户邮箱信息",
        "contact:user.employee_id:readonly": "获取用户 UserID",
        "contact:user.id:readonly": "通过手机号或邮箱获取用户 ID",
        "contact:user.phone:readonly": "获取用户手机号",
    },
    steps=(
        "通讯录权限范围",
        "创建版本并发布，由企业管理员审核通过",
        "没有发布之前，新开通的权限和范围都不生效",
        "企业邮箱不能用来匹配",
        "IP 白名单",
        "应用身份",
        "查看、创建、更新、删除审批应用相关信息",
        "PORTAL_FEISHU_API_URL",
        "一个应用只创建一次",
    ),
    address=("FEISHU_API_URL",),
    token="tenant_access_token",
    month="0 次",
)
CARDS = {one.name: one for one in (DINGTALK, FEISHU)}
