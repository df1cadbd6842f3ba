"""Operation records: who did what, written in the transaction of the act itself."""

from __future__ import annotations

from contextvars import ContextVar
from enum import StrEnum

from portal.extensions import db
from portal.models import Member, OperationRecord

# The caller's network address; the web entrance sets it, jobs leave it empty.
caller_address: ContextVar[str] = ContextVar("caller_address", default="")


class Action(StrEnum):
    """What can be recorded. Each value is a stable code; titles are in the records page."""

    SIGNED_IN = "signed_in"
    SIGN_IN_REFUSED = "sign_in_refused"
    SIGNED_OUT = "signed_out"
    SESSIONS_ENDED = "sessions_ended"
    PASSWORD_CHANGED = "password_changed"  # noqa: S105  a name, not a password
    MEMBER_CREATED = "member_created"
    MEMBER_CHANGED = "member_changed"
    MEMBER_DISABLED = "member_disabled"
    MEMBER_ENABLED = "member_enabled"
    PROJECT_CREATED = "project_created"
    PROJECT_CHANGED = "project_changed"
    FLOW_CHANGED = "flow_changed"
    RULES_CHANGED = "rules_changed"
    DATASOURCE_CREATED = "datasource_created"
    DATASOURCE_CHANGED = "datasource_changed"
    DATASOURCE_TESTED = "datasource_tested"
    PROVIDER_SAVED = "provider_saved"
    PROVIDER_TESTED = "provider_tested"
    SAMPLE_SENT = "sample_sent"
    SAMPLE_WITHDRAWN = "sample_withdrawn"
    MATCHING_ASKED = "matching_asked"
    GLOBAL_SAVED = "global_saved"
    TICKET_SUBMITTED = "ticket_submitted"
    TICKET_RESUBMITTED = "ticket_resubmitted"
    TICKET_CLOSED = "ticket_closed"
    TICKET_MARKED_EXECUTED = "ticket_marked_executed"
    TICKET_SCHEDULED = "ticket_scheduled"
    TICKET_UNSCHEDULED = "ticket_unscheduled"
    SCHEDULE_CONFIRMED = "schedule_confirmed"
    SCHEDULE_LAPSED = "schedule_lapsed"
    RUN_STARTED = "run_started"
    RUN_FINISHED = "run_finished"
    RUN_FAILED = "run_failed"
    RUN_RETURNED = "run_returned"
    RUN_ABORTED = "run_aborted"
    RUN_SETTLED = "run_settled"
    STEP_APPROVED = "step_approved"
    STEP_REJECTED = "step_rejected"
    DECISION_LATE = "decision_late"
    CARD_BROKEN = "card_broken"
    CARD_FOLLOWED = "card_followed"
    CARD_WITHDRAWN = "card_withdrawn"
    CARD_RESENT = "card_resent"
    TWIN_FOUND = "twin_found"
    DELIVERY_FAILED = "delivery_failed"
    DELIVERY_RETRIED = "delivery_retried"
    PROBLEM_REOPENED = "problem_reopened"
    PROBLEMS_CHANGED = "problems_changed"
    PROBLEMS_UPLOADED = "problems_uploaded"
    ISSUES_PUSHED = "issues_pushed"
    KEYS_ROTATED = "keys_rotated"
    DATABASE_RESTORED = "database_restored"


# What details must say, so that a record can be read without the rest of the database.
REQUIRED: dict[Action, frozenset[str]] = {
    Action.RULES_CHANGED: frozenset({"changes"}),
    Action.DATASOURCE_TESTED: frozenset({"result", "failed"}),
    Action.TICKET_CLOSED: frozenset({"reason"}),
    Action.TICKET_SCHEDULED: frozenset({"at"}),
    Action.SCHEDULE_CONFIRMED: frozenset({"via"}),
    Action.SCHEDULE_LAPSED: frozenset({"reason"}),
    Action.RUN_STARTED: frozenset({"run", "via"}),
    Action.RUN_FINISHED: frozenset({"run"}),
    Action.RUN_FAILED: frozenset({"run", "problem"}),
    Action.RUN_RETURNED: frozenset({"run", "reason"}),
    Action.RUN_ABORTED: frozenset({"run"}),
    Action.RUN_SETTLED: frozenset({"run", "settled_as", "started_by"}),
    Action.STEP_APPROVED: frozenset({"revision", "position", "via"}),
    Action.STEP_REJECTED: frozenset({"revision", "position", "via", "reason"}),
    Action.DECISION_LATE: frozenset({"revision", "position", "via", "agreed"}),
    Action.CARD_BROKEN: frozenset({"provider", "problem"}),
    Action.CARD_FOLLOWED: frozenset({"provider"}),
    Action.CARD_WITHDRAWN: frozenset({"provider", "state"}),
    Action.CARD_RESENT: frozenset({"provider"}),
    Action.TWIN_FOUND: frozenset({"provider", "external_id"}),
    Action.DELIVERY_FAILED: frozenset({"provider", "action", "code"}),
    Action.DELIVERY_RETRIED: frozenset({"provider", "action"}),
    Action.ISSUES_PUSHED: frozenset({"coding_project", "count"}),
    Action.PROVIDER_SAVED: frozenset({"provider", "enabled"}),
    Action.PROVIDER_TESTED: frozenset({"provider", "failed"}),
    Action.SAMPLE_SENT: frozenset({"provider"}),
    Action.SAMPLE_WITHDRAWN: frozenset({"provider"}),
    Action.PROBLEM_REOPENED: frozenset({"source"}),
    Action.PROBLEMS_CHANGED: frozenset({"count"}),
    Action.PROBLEMS_UPLOADED: frozenset({"source", "statements"}),
    Action.DATABASE_RESTORED: frozenset({"backup_at", "runs", "schedules", "looked_for"}),
}


def add(
    action: Action, subject: str, actor: Member | None, details: dict | None = None
) -> OperationRecord:
    """Record an act. subject: e.g. "ticket:default/12". Raises ValueError for missing details."""
    details = details or {}
    missing = REQUIRED.get(action, frozenset()) - details.keys()
    if missing:
        raise ValueError(f"{action} needs {sorted(missing)} in its details")
    record = OperationRecord(
        action=action.value,
        subject=subject,
        actor_id=actor.id if actor else None,
        ip=caller_address.get(),
        details=details,
    )
    db.session.add(record)
    return record
