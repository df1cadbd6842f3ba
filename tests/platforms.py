"""What differs between the platforms in a story: their apps, their words, their paths."""

from __future__ import annotations

from dataclasses import dataclass, field

from portal.sandbox.seed import (
    DEFAULT_APP_KEY,
    DEFAULT_APP_SECRET,
    FEISHU_APP_ID,
    FEISHU_APP_SECRET,
)

OPEN, APPROVED, REJECTED, WITHDRAWN = "open", "approved", "rejected", "withdrawn"


@dataclass(frozen=True)
class Platform:
    """One platform as the sandbox shows it.

    outcomes     (status, result) → open, approved, rejected or withdrawn
    start, look, token, people, withdraw, comment  parts of paths, for faults and counts
    start_scope, people_scope  permissions without which cards cannot be started, people not found
    unknown      states that no table has, as /control/cards/<id>/state takes them
    ended        the same for states that end a card without a decision
    withdraws_at_once  a card may be withdrawn right after its start
    """

    name: str
    title: str
    app_key: str
    app_secret: str
    outcomes: dict[tuple[str, str], str]
    start: str
    look: str
    token: str
    people: str
    withdraw: str
    comment: str
    template: str
    wrong_secret: str
    start_scope: str
    people_scope: str
    start_scope_title: str
    unknown: tuple[dict, ...]
    ended: tuple[dict, ...]
    pending: dict
    withdraws_at_once: bool
    settings: tuple[str, ...] = field(default=())

    def outcome(self, card: dict) -> str:
        """What has become of this card over there."""
        return self.outcomes.get((card["status"], card["result"] or ""), "?")


DINGTALK = Platform(
    name="dingtalk",
    title="钉钉",
    app_key=DEFAULT_APP_KEY,
    app_secret=DEFAULT_APP_SECRET,
    outcomes={
        ("RUNNING", ""): OPEN,
        ("COMPLETED", "agree"): APPROVED,
        ("COMPLETED", "refuse"): REJECTED,
        ("TERMINATED", ""): WITHDRAWN,
    },
    start="workflow/processInstances$",
    look="instanceIds",
    token="oauth2/accessToken",
    people="user/getbymobile",
    withdraw="terminate",
    comment="processInstances/comments$",
    template="workflow/forms$",
    wrong_secret="invalidClientIdOrSecret",
    start_scope="Workflow.Instance.Write",
    people_scope="qyapi_get_member_by_mobile",
    start_scope_title="工作流实例写权限",
    unknown=(
        {"status": "ARCHIVED", "result": "agree"},
        {"status": "COMPLETED", "result": ""},
        {"status": "COMPLETED", "result": "AGREED"},
        {"status": "completed", "result": "agree"},
    ),
    ended=(
        {"status": "TERMINATED", "result": ""},
        {"status": "CANCELED", "result": ""},
        {"deleted": True},
    ),
    pending={"status": "RUNNING", "result": ""},
    withdraws_at_once=False,
    settings=("DINGTALK_API_URL", "DINGTALK_OAPI_URL"),
)
FEISHU = Platform(
    name="feishu",
    title="飞书",
    app_key=FEISHU_APP_ID,
    app_secret=FEISHU_APP_SECRET,
    outcomes={
        ("PENDING", ""): OPEN,
        ("APPROVED", ""): APPROVED,
        ("REJECTED", ""): REJECTED,
        ("CANCELED", ""): WITHDRAWN,
    },
    start="approval/v4/instances$",
    look="approval/v4/instances/P",
    token="tenant_access_token",
    people="batch_get_id",
    withdraw="instances/cancel",
    comment="instances/[^/]+/comments$",
    template="approval/v4/approvals$",
    wrong_secret="10014",
    start_scope="approval:approval",
    people_scope="contact:user.id:readonly",
    start_scope_title="审批应用相关信息",
    unknown=(
        {"status": "OVERTIME_CLOSE"},
        {"status": "approved"},
        {"status": "REVERTED"},
    ),
    ended=(
        {"status": "CANCELED"},
        {"status": "DELETED"},
        {"status": "APPROVED", "reverted": True},
        {"deleted": True},
    ),
    pending={"status": "PENDING"},
    withdraws_at_once=True,
    settings=("FEISHU_API_URL",),
)
PLATFORMS = {one.name: one for one in (DINGTALK, FEISHU)}


def addresses(base: str) -> dict[str, str]:
    """The settings that point every platform to the sandbox."""
    return {name: base for one in PLATFORMS.values() for name in one.settings}
