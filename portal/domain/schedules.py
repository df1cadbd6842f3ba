"""定时上线: set and cancelled by people, begun or given up by the clock."""

from __future__ import annotations

from datetime import datetime, timedelta

from flask import current_app
from flask_babel import gettext as _

from portal.domain import (
    approvals,
    moves,
    notice_texts,
    notices,
    projects,
    records,
    running,
    states,
)
from portal.domain.errors import RuleError
from portal.domain.notices import Edge
from portal.domain.records import Action
from portal.domain.states import TicketAction
from portal.extensions import db
from portal.kit.clock import database_now
from portal.models import Member, Project, Ticket, TicketStatus, TicketStep

LONGEST_AHEAD = timedelta(days=366)
# When the portal was down at the time that was set: later than this, it would surprise people.
LATEST_START = timedelta(minutes=30)


def schedule(ticket: Ticket, member: Member, at: datetime) -> None:
    """Run it at this time (aware). Its cards are withdrawn: only the page schedules.

    Raises RuleError on at, or when it is too late.
    """
    if not states.can(member, TicketAction.SCHEDULE, ticket):
        raise RuleError(_("工单当前的状态不允许定时上线"))
    now = database_now(db.session)
    if at <= now:
        raise RuleError(_("请选择将来的时间。"), "at")
    if at > now + LONGEST_AHEAD:
        raise RuleError(_("定时上线的时间不能超过一年。"), "at")
    step = states.open_step(ticket)
    if step is None or not moves.move(
        ticket, step, TicketStatus.EXEC_SCHEDULED, step.position
    ):
        raise RuleError(_("工单状态刚刚发生了变化，请刷新后再试"))
    ticket.scheduled_at, ticket.scheduled_by = at, member
    ticket.asked_at, ticket.confirmed_by = None, None
    approvals.supersede_cards(step)
    details = {"at": at.isoformat(timespec="minutes")}
    records.add(Action.TICKET_SCHEDULED, approvals.subject_of(ticket), member, details)


def unschedule(ticket: Ticket, member: Member) -> None:
    """取消定时. Raises RuleError when it is too late."""
    if not states.can(member, TicketAction.UNSCHEDULE, ticket):
        raise RuleError(_("工单当前没有可以取消的定时上线"))
    if not _give_up(ticket):
        raise RuleError(_("工单状态刚刚发生了变化，请刷新后再试"))
    records.add(Action.TICKET_UNSCHEDULED, approvals.subject_of(ticket), member)


def is_asking(ticket: Ticket) -> bool:
    """Whether the last question before a scheduled run waits for an answer."""
    return (
        ticket.status == TicketStatus.EXEC_SCHEDULED
        and ticket.asked_at is not None
        and ticket.confirmed_by_id is None
    )


def confirm(step: TicketStep, member: Member, via: str) -> bool:
    """The last question is answered with yes: it runs when its time has come. Once.

    False: nothing was asked, or somebody was faster.
    """
    ticket = step.ticket
    done = db.session.execute(
        db.update(Ticket)
        .where(
            Ticket.id == ticket.id,
            Ticket.status == TicketStatus.EXEC_SCHEDULED,
            Ticket.revision == step.revision,
            Ticket.asked_at.is_not(None),
            Ticket.confirmed_by_id.is_(None),
        )
        .values(confirmed_by_id=member.id)
        .execution_options(synchronize_session=False)
    )
    db.session.refresh(ticket)
    if done.rowcount != 1:
        return False
    records.add(
        Action.SCHEDULE_CONFIRMED, approvals.subject_of(ticket), member, {"via": via}
    )
    approvals.supersede_cards(step, member, True)
    return True


def due() -> tuple[list[int], list[int]]:
    """The tickets that want their last question asked, and those whose time has come."""
    now = database_now(db.session)
    return _ids(_wants_question(now)), _ids(Ticket.scheduled_at <= now)


def _ids(condition) -> list[int]:
    query = (
        db.select(Ticket.id)
        .join(Project, Project.id == Ticket.project_id)
        .where(Ticket.status == TicketStatus.EXEC_SCHEDULED, condition)
        .order_by(Ticket.scheduled_at, Ticket.id)
        .limit(100)
    )
    return list(db.session.scalars(query))


def _wants_question(now: datetime):
    lead = timedelta(seconds=current_app.config["CONFIRM_SECONDS"])
    return db.and_(
        Project.confirm_schedule,
        Ticket.asked_at.is_(None),
        Ticket.scheduled_at > now,
        Ticket.scheduled_at <= now + lead,
    )


def _taken(ticket_id: int) -> Ticket | None:
    """The ticket, locked; None when somebody else has it, or it is not scheduled any more."""
    query = db.select(Ticket).filter_by(id=ticket_id, status=TicketStatus.EXEC_SCHEDULED)
    return db.session.scalar(query.with_for_update(skip_locked=True))


def ask(ticket_id: int) -> None:
    """Ask the assignees whether it may run when its time comes."""
    ticket = _taken(ticket_id)
    if ticket is None or ticket.asked_at is not None:
        return
    ticket.asked_at = database_now(db.session)
    db.session.flush()
    step = states.open_step(ticket)
    if step is not None:
        approvals.open_step(step)


def begin(ticket_id: int) -> None:
    """Its time has come: it runs, or is 待上线 again and says why."""
    now, ticket = database_now(db.session), _taken(ticket_id)
    if ticket is None or ticket.scheduled_at > now:
        return
    step = states.open_step(ticket)
    if _is_unanswered(ticket):
        if step is None or now >= ticket.scheduled_at + _patience():
            _lapse(ticket, _unanswered(ticket), notice_texts.UNCONFIRMED)
        elif not ticket.notice:
            ticket.notice = _("已到上线时间，正在读取处理人在审批平台上的答复…")
            approvals.ask_now(step)
        return
    why_not = _why_not(ticket, step, now)
    if why_not or running.start(step, _starter(ticket), "schedule") is None:
        _lapse(ticket, why_not or _("工单状态异常"), notice_texts.NOT_BEGUN)


def _patience() -> timedelta:
    """An answer given over there in time is heard of by the next sweep only."""
    return timedelta(seconds=2 * current_app.config["SWEEP_SECONDS"] + 5)


def _starter(ticket: Ticket) -> Member:
    return ticket.confirmed_by or ticket.scheduled_by


def _is_unanswered(ticket: Ticket) -> bool:
    return ticket.project.confirm_schedule and ticket.confirmed_by_id is None


def _unanswered(ticket: Ticket) -> str:
    if ticket.asked_at is None:
        return _("定时上线前没有来得及请处理人确认")
    return _("定时上线前没有人确认")


def _why_not(ticket: Ticket, step: TicketStep | None, now: datetime) -> str:
    if now - ticket.scheduled_at > LATEST_START:
        return _("到了定时的时间，门户没有在运行")
    who = _starter(ticket)
    is_asked = step is not None and who.id in {one.member_id for one in step.assignees}
    if who.is_enabled and is_asked and projects.belongs(who, ticket.project):
        return ""
    return _("设置或确认定时上线的 %(who)s 已不能处理这张工单", who=who.shown_name)


def _lapse(ticket: Ticket, reason: str, code: str) -> None:
    lapse(ticket, reason, code, _("%(reason)s，没有执行，工单恢复为待上线。", reason=reason))


def lapse(ticket: Ticket, reason: str, code: str, notice: str) -> bool:
    """It is not begun by the clock: 待上线 again, with the notice on its page.

    code: of notice_texts. False when somebody has moved the ticket meanwhile.
    """
    if not _give_up(ticket):
        return False
    ticket.notice = notice
    details = {"reason": reason}
    records.add(Action.SCHEDULE_LAPSED, approvals.subject_of(ticket), None, details)
    notices.tell(ticket, Edge.RETURNED, why=code)
    return True


def _give_up(ticket: Ticket) -> bool:
    """待上线 again: whoever was asked about the schedule is asked about the ticket instead."""
    step = states.open_step(ticket)
    if step is None or not moves.move(
        ticket, step, TicketStatus.WAIT_FOR_EXECUTION, step.position
    ):
        return False
    ticket.scheduled_at, ticket.scheduled_by = None, None
    ticket.asked_at, ticket.confirmed_by = None, None
    approvals.supersede_cards(step)
    approvals.open_step(step)
    return True
