"""What the phone says about a card: its state, its history, in DingTalk's words."""

# (status, result) → (words, look: running, agree, refuse or ended)
STATES = {
    ("RUNNING", ""): ("审批中", "running"), ("COMPLETED", "agree"): ("已同意", "agree"),
    ("COMPLETED", "refuse"): ("已拒绝", "refuse"), ("TERMINATED", ""): ("已撤销", "ended"),
}
ENTRIES = {
    "START_PROCESS_INSTANCE": "发起审批", "EXECUTE_TASK_AUTO": "自动通过", "ADD_REMARK": "评论",
    "REDIRECT_TASK": "转交", "TERMINATE_PROCESS_INSTANCE": "撤销", "PROCESS_CC": "抄送",
    "FINISH_PROCESS_INSTANCE": "结束",
}
DECISIONS = {"AGREE": "同意", "REFUSE": "拒绝"}


def state(card: dict) -> tuple[str, str]:
    """(words, look)."""
    pair = (card["status"], card["result"])
    return STATES.get(pair, (" ".join(pair).strip(), "ended"))


def history(card: dict) -> list[dict]:
    """The lines of a card's past, oldest first: user, what, remark."""
    return [
        {"user": one["user"], "what": ENTRIES.get(one["type"]) or DECISIONS.get(one["result"])
         or one["type"], "remark": one["remark"]}
        for one in card["records"]
    ]


def actor(user: str) -> str | None:
    """The name of one who is no person."""
    return {"bpms_system": "系统"}.get(user)
