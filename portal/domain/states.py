"""The one place that knows who may do what to a ticket in which state (DESIGN §4)."""

from __future__ import annotations

from enum import StrEnum

from portal.models import Member, StepKind, StepState, Ticket, TicketStatus, TicketStep


class TicketAction(StrEnum):
    APPROVE = "approve"
    REJECT = "reject"
    CLOSE = "close"
    RESUBMIT = "resubmit"
    MARK_EXECUTED = "mark_executed"
    RESEND = "resend"
    EXECUTE = "execute"
    SCHEDULE = "schedule"
    UNSCHEDULE = "unschedule"
    CONFIRM = "confirm"
    ABORT = "abort"
    SETTLE = "settle"


class TicketRole(StrEnum):
    """What somebody is to one ticket; a member may be several at once."""

    ASSIGNEE = "assignee"  # of the step that is open now
    OPERATOR = "operator"  # an assignee of the execute step, whatever its state
    CREATOR = "creator"
    ADMIN = "admin"


_S, _A, _R = TicketStatus, TicketAction, TicketRole
_OPEN = (_S.WAIT_FOR_AUDIT, _S.WAIT_FOR_EXECUTION, _S.EXEC_SCHEDULED)
_WAITING_TO_RUN = (_S.WAIT_FOR_EXECUTION, _S.EXEC_SCHEDULED)

ALLOWED: frozenset[tuple[TicketStatus, TicketAction, TicketRole]] = frozenset(
    {(_S.WAIT_FOR_AUDIT, _A.APPROVE, _R.ASSIGNEE)}
    | {(status, _A.REJECT, _R.ASSIGNEE) for status in _OPEN}
    | {
        (status, _A.CLOSE, role)
        for status in (*_OPEN, _S.REJECTED)
        for role in (_R.CREATOR, _R.ADMIN)
    }
    | {(_S.REJECTED, _A.RESUBMIT, role) for role in (_R.CREATOR, _R.ADMIN)}
    | {
        (status, _A.MARK_EXECUTED, role)
        for status in _WAITING_TO_RUN
        for role in (_R.ASSIGNEE, _R.ADMIN)
    }
    | {
        (status, _A.RESEND, role)
        for status in (_S.WAIT_FOR_AUDIT, _S.WAIT_FOR_EXECUTION)
        for role in _R
    }
    | {(_S.WAIT_FOR_EXECUTION, action, _R.ASSIGNEE) for action in (_A.EXECUTE, _A.SCHEDULE)}
    | {(_S.EXEC_SCHEDULED, _A.CONFIRM, _R.ASSIGNEE)}
    | {(_S.EXEC_SCHEDULED, _A.UNSCHEDULE, role) for role in (_R.ASSIGNEE, _R.ADMIN)}
    | {(_S.EXECUTING, _A.ABORT, role) for role in (_R.OPERATOR, _R.ADMIN)}
    | {(_S.EXEC_FAILED, _A.SETTLE, role) for role in (_R.OPERATOR, _R.ADMIN)}
)


def open_step(ticket: Ticket) -> TicketStep | None:
    """The step that waits for a decision, if any."""
    for step in ticket.steps:
        if step.revision == ticket.revision and step.state == StepState.OPEN:
            return step
    return None


def execute_step(ticket: Ticket) -> TicketStep | None:
    """The last step of the revision at hand, by which the SQL goes online."""
    for step in ticket.steps:
        if step.revision == ticket.revision and step.kind == StepKind.EXECUTE:
            return step
    return None


def _is_asked(member: Member, step: TicketStep | None) -> bool:
    return step is not None and any(one.member_id == member.id for one in step.assignees)


def roles(member: Member, ticket: Ticket) -> set[TicketRole]:
    """What this member is to this ticket right now; nothing at all once disabled."""
    if not member.is_enabled:
        return set()
    found = set()
    if _is_asked(member, open_step(ticket)):
        found.add(TicketRole.ASSIGNEE)
    if _is_asked(member, execute_step(ticket)):
        found.add(TicketRole.OPERATOR)
    if ticket.creator_id == member.id:
        found.add(TicketRole.CREATOR)
    if member.is_admin:
        found.add(TicketRole.ADMIN)
    return found


def lets(role: TicketRole, action: TicketAction) -> bool:
    """Whether some state would let this role do that."""
    return any(allowed[1:] == (action, role) for allowed in ALLOWED)


def permitted(member: Member, action: TicketAction, ticket: Ticket) -> bool:
    """Whether some state would let this member do that: False means "not yours", not "not now"."""
    mine = roles(member, ticket)
    return any(allowed == action and role in mine for _, allowed, role in ALLOWED)


def can(member: Member, action: TicketAction, ticket: Ticket) -> bool:
    """Whether this member may do that to the ticket as it stands."""
    return any((ticket.status, action, role) in ALLOWED for role in roles(member, ticket))
