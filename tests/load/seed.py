"""Tickets by the ten thousand: plain rows, inserted in bulk, as years of work would leave them.

Ids are given here, so that no insert has to be read back. Everything follows from a ticket's
id, so that two runs seed the same.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta

from sqlalchemy import Connection, insert

from portal.extensions import db
from portal.kit.clock import utc_now
from portal.models import (
    Approval,
    ApprovalState,
    Delivery,
    DeliveryAction,
    DeliveryAttempt,
    DeliveryState,
    Level,
    OperationRecord,
    Project,
    StepKind,
    StepState,
    Ticket,
    TicketStatement,
    TicketStatus,
    TicketStep,
    TicketStepAssignee,
    TicketTask,
)
from tests.load.company import Company

# A table and a row for it.
Rows = Iterator[tuple[type, dict]]
BATCH = 2500
# Of every ten tickets, so many belong to the big project; the rest to the others in turn.
BIG_SHARE = 7
STRIDE = 37
# An app that is set no more, so that the clock leaves these cards alone.
OLD_APP_KEY = "dingoldapp"
STATUSES = (
    [TicketStatus.FINISHED] * 90
    + [TicketStatus.CANCELED] * 5
    + [TicketStatus.REJECTED] * 2
    + [TicketStatus.WAIT_FOR_AUDIT] * 2
    + [TicketStatus.WAIT_FOR_EXECUTION] * 1
)
# One of each kind in turn, so that a few tickets fill every list already.
MIXED = (
    TicketStatus.FINISHED,
    TicketStatus.REJECTED,
    TicketStatus.CANCELED,
    TicketStatus.WAIT_FOR_AUDIT,
    TicketStatus.WAIT_FOR_EXECUTION,
)
SUBJECTS = ("修复订单状态", "新增用户索引", "清理过期优惠券", "调整库存字段", "补录支付流水")
SQL = (
    "UPDATE orders SET state = 2 WHERE id = {id}",
    "ALTER TABLE users ADD INDEX idx_mobile_{id} (mobile)",
    "DELETE FROM coupons WHERE id = {id}",
)
FINDING = {"rule": "ddl", "level": "notice", "message": "结构变更请在低峰期执行"}


def seed(company: Company, first: int, last: int, statuses: Sequence = STATUSES) -> None:
    """Tickets with the ids first … last, and all that hangs on them.

    statuses: taken in turn, by a stride that mixes them.
    """
    now = utc_now()
    numbers: dict[int, int] = defaultdict(int)
    for ticket_id in range(1, first):
        numbers[_project_of(company, ticket_id)[0]] += 1
    for start in range(first, last + 1, BATCH):
        ids = range(start, min(start + BATCH, last + 1))
        _insert(db.session.connection(), _rows(company, ids, numbers, statuses, now))
    for project_id, number in numbers.items():
        db.session.get_one(Project, project_id).next_ticket_number = number + 1


def _insert(connection: Connection, found: Rows) -> None:
    by_table: dict[type, list[dict]] = {}
    for model, row in found:
        by_table.setdefault(model, []).append(row)
    for model, rows in by_table.items():
        connection.execute(insert(model.__table__), rows)


def _project_of(company: Company, ticket_id: int) -> tuple[int, str, int]:
    if ticket_id % 10 < BIG_SHARE:
        return company.projects[0]
    return company.projects[1 + ticket_id % (len(company.projects) - 1)]


def _rows(
    company: Company,
    ids: Iterable[int],
    numbers: dict[int, int],
    statuses: Sequence,
    now: datetime,
) -> Rows:
    for ticket_id in ids:
        project_id, project_name, source_id = _project_of(company, ticket_id)
        numbers[project_id] += 1
        # The hundreds move on, so that no project is without one of the states.
        status = statuses[(ticket_id * STRIDE + ticket_id // 100) % len(statuses)]
        made = now - timedelta(minutes=10 * (60_000 - ticket_id))
        position = _position(status, ticket_id, len(company.steps))
        creator = company.people[ticket_id % len(company.people)]
        yield Ticket, {
            "id": ticket_id,
            "project_id": project_id,
            "number": numbers[project_id],
            "subject": f"{SUBJECTS[ticket_id % len(SUBJECTS)]} {ticket_id}",
            "description": "背景：线上数据不一致，需要修复。\n影响：仅限列出的行。",
            "creator_id": creator,
            "status": status,
            "position": position,
            "form_nonce": f"seed-{ticket_id}",
            "created_at": made,
            "ended_at": made if status in {"finished", "canceled"} else None,
        }
        yield from _task(ticket_id, source_id, status)
        yield from _steps(company, ticket_id, status, position, made)
        subject = f"ticket:{project_name}/{numbers[project_id]}"
        for action in ("ticket_submitted", "step_approved"):
            yield OperationRecord, {
                "at": made,
                "actor_id": creator,
                "ip": "10.0.0.9",
                "action": action,
                "subject": subject,
                "details": {"revision": 1, "position": 1, "via": "portal"},
            }


def _position(status: TicketStatus, ticket_id: int, steps: int) -> int:
    """Of the open step; 0 where none is open."""
    if status == TicketStatus.WAIT_FOR_AUDIT:
        return 1 + ticket_id // 100 % (steps - 1)
    return steps if status == TicketStatus.WAIT_FOR_EXECUTION else 0


def _task(ticket_id: int, source_id: int, status: TicketStatus) -> Rows:
    statements = [one.format(id=ticket_id) for one in SQL[: 1 + ticket_id % len(SQL)]]
    sql = ";\n".join(statements)
    yield TicketTask, {
        "id": ticket_id,
        "ticket_id": ticket_id,
        "datasource_id": source_id,
        "schema": "",
        "sql": sql,
        "sql_digest": hashlib.sha256(sql.encode()).hexdigest(),
        "score": 96.5,
        "pass_rate": 0.667,
        "level": Level.NOTICE,
        "status": status,
    }
    for position, statement in enumerate(statements, start=1):
        level = Level.NOTICE if "ALTER" in statement else Level.NORMAL
        yield TicketStatement, {
            "task_id": ticket_id,
            "position": position,
            "sql": statement,
            "level": level,
            "findings": [FINDING] if level == Level.NOTICE else [],
        }


def _steps(
    company: Company, ticket_id: int, status: TicketStatus, position: int, made: datetime
) -> Rows:
    for at, assignees in enumerate(company.steps, start=1):
        step_id = ticket_id * len(company.steps) + at
        is_last = at == len(company.steps)
        state = _state(status, at, position, is_last)
        is_done = state in {StepState.APPROVED, StepState.EXECUTED, StepState.REJECTED}
        yield TicketStep, {
            "id": step_id,
            "ticket_id": ticket_id,
            "revision": 1,
            "position": at,
            "kind": StepKind.EXECUTE if is_last else StepKind.AUDIT,
            "state": state,
            "decided_by_id": assignees[0] if is_done else None,
            "decided_at": made if is_done else None,
            "decided_via": "dingtalk" if is_done else "",
        }
        for member_id in assignees:
            yield TicketStepAssignee, {
                "step_id": step_id,
                "member_id": member_id,
                "awaited_ticket_id": ticket_id if state == StepState.OPEN else None,
            }
        if at == 1:
            yield from _card(step_id, ticket_id, state, made)


def _state(status: TicketStatus, at: int, position: int, is_last: bool) -> StepState:
    if status == TicketStatus.FINISHED:
        return StepState.EXECUTED if is_last else StepState.APPROVED
    if status == TicketStatus.REJECTED:
        return StepState.REJECTED if at == 1 else StepState.SKIPPED
    if status == TicketStatus.CANCELED:
        return StepState.SKIPPED
    if at == position:
        return StepState.OPEN
    return StepState.APPROVED if at < position else StepState.WAITING


# The ids before are those of the deliveries that prepare the templates.
BEHIND_TEMPLATES = 100
CARDS = {
    StepState.OPEN: ApprovalState.PENDING,
    StepState.APPROVED: ApprovalState.APPROVED,
    StepState.REJECTED: ApprovalState.REJECTED,
    StepState.SKIPPED: ApprovalState.SUPERSEDED,
}


def _card(
    step_id: int, ticket_id: int, state: StepState, made: datetime
) -> Rows:
    """The first step's card, with its delivery and the try that sent it."""
    key = f"Pseed-{ticket_id}-R1-S1-I1"
    yield Approval, {
        "id": ticket_id,
        "step_id": step_id,
        "provider": "dingtalk",
        "key": key,
        "app_key": OLD_APP_KEY,
        "external_id": f"seed-{ticket_id}",
        "state": CARDS[state],
        "created_at": made,
        "started_at": made,
        "next_poll_at": made,
    }
    has_failed = ticket_id % 50 == 0
    yield Delivery, {
        "id": BEHIND_TEMPLATES + ticket_id,
        "key": f"{key}:start",
        "provider": "dingtalk",
        "app_key": OLD_APP_KEY,
        "action": DeliveryAction.START,
        "approval_id": ticket_id,
        "state": DeliveryState.FAILED if has_failed else DeliveryState.SENT,
        "attempts": 1,
        "token": 1,
        "created_at": made,
        "retry_from": made,
        "due_at": made,
        "ended_at": made,
        "last_code": "60011" if has_failed else "",
        "last_message": "应用尚未开通权限" if has_failed else "",
    }
    yield DeliveryAttempt, {
        "delivery_id": BEHIND_TEMPLATES + ticket_id,
        "token": 1,
        "started_at": made,
        "wire_at": made,
        "ended_at": made,
        "outcome": "no" if has_failed else "yes",
        "external_id": f"seed-{ticket_id}",
    }
