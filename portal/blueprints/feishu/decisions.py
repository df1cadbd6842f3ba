"""What an instance's state means in our words: a table, and who decided."""

from __future__ import annotations

from portal.blueprints.feishu.shapes import Entry, Instance
from portal.domain.provider import Decision, Outcome

PENDING = "PENDING"
ORIGINATORS = "START"
_BY_STATUS = {
    PENDING: Outcome.PENDING,
    "APPROVED": Outcome.APPROVED,
    "REJECTED": Outcome.REJECTED,
    "CANCELED": Outcome.WITHDRAWN,
    "DELETED": Outcome.WITHDRAWN,
}
# The timeline's entries that decide, and what each decides.
_DECIDES = {
    "PASS": Outcome.APPROVED,
    "AUTO_PASS": Outcome.APPROVED,
    "REMOVE_REPEAT": Outcome.APPROVED,  # an approver who stands there twice passes by himself
    "REJECT": Outcome.REJECTED,
    "AUTO_REJECT": Outcome.REJECTED,
}
_BY_MACHINE = frozenset({"AUTO_PASS", "AUTO_REJECT", "REMOVE_REPEAT"})
_SENT_BACK = frozenset({"ROLLBACK", "ROLLBACK_SELECTED"})


def decision_of(instance: Instance) -> Decision:
    """What an instance's state is in our words. Pure: no word outside the tables decides."""
    entry = _last(instance)
    words = [instance.status, entry.type if entry else "", "reverted" * instance.is_reverted]
    raw = "/".join(filter(None, words))
    outcome = _BY_STATUS.get(instance.status, Outcome.UNKNOWN)
    if instance.is_reverted:
        outcome = Outcome.WITHDRAWN  # whatever it was before
    elif outcome is Outcome.PENDING and entry and entry.type in _SENT_BACK:
        outcome = Outcome.PENDING if _waits_for_an_approver(instance) else Outcome.UNKNOWN
    if outcome not in {Outcome.APPROVED, Outcome.REJECTED}:
        return Decision(outcome, raw_state=raw)
    if entry is None or _DECIDES.get(entry.type) is not outcome:
        return Decision(outcome, raw_state=raw)  # nobody we could name decided this
    return Decision(
        outcome,
        actor=entry.open_id or None,
        remark=entry.comment,
        raw_state=raw,
        automatic=entry.type in _BY_MACHINE or not entry.open_id,
    )


def _last(instance: Instance) -> Entry | None:
    """The last entry that decided or sent back; comments, copies and hand-overs do neither."""
    return next((one for one in reversed(instance.timeline) if _tells(one)), None)


def _tells(entry: Entry) -> bool:
    # An originator who submits again is said to pass his own step: that decides nothing.
    is_submitting = entry.type == "PASS" and entry.node == ORIGINATORS
    return entry.type in _DECIDES.keys() | _SENT_BACK and not is_submitting


def _waits_for_an_approver(instance: Instance) -> bool:
    """A card that was sent back to its originator waits for nobody who could decide it."""
    return any(
        task.status == PENDING and task.open_id != instance.originator for task in instance.tasks
    )


def is_final(instance: Instance) -> bool:
    """Whether nothing can be done about it any more."""
    return instance.is_reverted or _BY_STATUS.get(instance.status) in {
        Outcome.APPROVED,
        Outcome.REJECTED,
        Outcome.WITHDRAWN,
    }


def running_task(instance: Instance, actor: str) -> str | None:
    """The task that this person has to do now."""
    running = (one for one in instance.tasks if one.open_id == actor and one.status == PENDING)
    return next((one.id for one in running if one.id), None)
