"""What an instance's state means in our words: a table, and who decided."""

from __future__ import annotations

from portal.blueprints.dingtalk.shapes import Instance, Record
from portal.domain.provider import Decision, Outcome

MACHINE = "bpms_system"
AUTOMATIC = "EXECUTE_TASK_AUTO"
COMMENT = "ADD_REMARK"

# What an instance's status means; COMPLETED needs its result beside it. While it runs the result
# says nothing: DingTalk's own sample shows RUNNING together with agree.
_BY_STATUS = {
    "NEW": Outcome.PENDING,
    "RUNNING": Outcome.PENDING,
    "TERMINATED": Outcome.WITHDRAWN,
    "CANCELED": Outcome.WITHDRAWN,
}
_BY_RESULT = {"agree": Outcome.APPROVED, "refuse": Outcome.REJECTED}
_WORD = {Outcome.APPROVED: "AGREE", Outcome.REJECTED: "REFUSE"}


def decision_of(instance: Instance) -> Decision:
    """What an instance's state is in our words. Pure: no word outside the table decides."""
    raw = f"{instance.status}/{instance.result}"
    outcome = _BY_STATUS.get(instance.status, Outcome.UNKNOWN)
    if instance.status == "COMPLETED":
        outcome = _BY_RESULT.get(instance.result, Outcome.UNKNOWN)
    if outcome not in _WORD:
        return Decision(outcome, raw_state=raw)
    record = deciding_record(instance)
    if record is None or record.result != _WORD[outcome]:
        return Decision(outcome, raw_state=raw)  # nobody we could name decided this
    return Decision(
        outcome,
        actor=record.user_id or None,
        remark=record.remark,
        raw_state=raw,
        automatic=record.type == AUTOMATIC or record.user_id == MACHINE,
    )


def deciding_record(instance: Instance) -> Record | None:
    """The last record of a task that was agreed or refused; comments, copies and hand-overs
    before or after it are no decision.
    """
    for record in reversed(instance.records):
        if record.type.startswith("EXECUTE_TASK_") and record.result in {"AGREE", "REFUSE"}:
            return record
    return None


def remarks(instance: Instance) -> list[str]:
    """What was said on it as a comment, not as part of a decision."""
    return [record.remark for record in instance.records if record.type == COMMENT]


def is_final(instance: Instance) -> bool:
    """Whether nothing can be done about it any more."""
    return instance.status in {"COMPLETED", "TERMINATED", "CANCELED"}


def running_task(instance: Instance, actor: str) -> int | None:
    """The task that this person has to do now."""
    running = (one for one in instance.tasks if one.user_id == actor and one.status == "RUNNING")
    return next((one.id for one in running), None)
