"""What the phone says about a card: its state, its history, in Feishu's words."""

# status → (words, look: running, agree, refuse or ended)
STATES = {
    "PENDING": ("审批中", "running"), "APPROVED": ("已通过", "agree"),
    "REJECTED": ("已拒绝", "refuse"), "CANCELED": ("已撤回", "ended"),
    "DELETED": ("已删除", "ended"),
}
ENTRIES = {
    "START": "发起审批", "PASS": "同意", "REJECT": "拒绝", "AUTO_PASS": "自动通过",
    "AUTO_REJECT": "自动拒绝", "REMOVE_REPEAT": "重复审批人，自动通过", "TRANSFER": "转交",
    "ADD_APPROVER_BEFORE": "前加签", "ADD_APPROVER": "并加签", "ADD_APPROVER_AFTER": "后加签",
    "DELETE_APPROVER": "减签", "ROLLBACK_SELECTED": "退回", "ROLLBACK": "退回",
    "CANCEL": "撤回", "DELETE": "删除", "CC": "抄送",
}
RESUBMITTED = "重新提交"


def state(card: dict) -> tuple[str, str]:
    """(words, look)."""
    if card["reverting"]:
        return "撤销审批中", "running"
    return STATES.get(card["status"], (card["status"], "ended"))


def history(card: dict) -> list[dict]:
    """The lines of a card's past, oldest first: user, what, remark."""
    lines = [
        {"at": one["at"], "user": one["user"], "what": _entry(one), "remark": one["remark"]}
        for one in card["records"]
    ]
    lines += [{"at": said["at"], "user": said["user"], "what": "评论", "remark": said["comment"]}
              for said in card["comments"]]
    return sorted(lines, key=lambda line: line["at"] // 1000)  # comments know seconds only


def actor(user: str) -> str | None:
    """The name of one who is no person."""
    return {"": "系统", "bot": "应用机器人"}.get(user)


def _entry(record: dict) -> str:
    if record["type"] == "PASS" and record["node_key"] == "START":
        return RESUBMITTED
    return ENTRIES.get(record["type"], record["type"])
