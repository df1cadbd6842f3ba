"""What people do about a run: begin it, stop it, say what became of it. Nothing is sent here."""

from __future__ import annotations

from flask_babel import gettext as _

from portal.domain import approvals, moves, notice_texts, notices, records, run_plan, states
from portal.domain.errors import RuleError
from portal.domain.notices import Edge
from portal.domain.records import Action
from portal.domain.states import TicketAction
from portal.extensions import db
from portal.kit.clock import database_now
from portal.models import (
    ExecutionRun,
    Member,
    RunState,
    StatementRun,
    StatementState,
    StepState,
    TaskRun,
    Ticket,
    TicketStatus,
    TicketStep,
)

LIVE = (RunState.QUEUED, RunState.RUNNING, RunState.ORPHANED)
# What somebody who looked at the server can say about an unknown statement.
DONE, NOT_DONE = "done", "not_done"
SETTLEMENTS = (DONE, NOT_DONE)


def execute(ticket: Ticket, member: Member) -> ExecutionRun:
    """立即上线, pressed on the page. Raises RuleError when it is too late."""
    step = states.open_step(ticket)
    if step is None or not states.can(member, TicketAction.EXECUTE, ticket):
        raise RuleError(_("工单当前的状态不允许上线"))
    if not run_plan.is_as_approved(ticket, step):
        raise RuleError(run_plan.changed())
    run = start(step, member, "portal")
    if run is None:
        raise RuleError(_("工单状态刚刚发生了变化，请刷新后再试"))
    return run


def start(step: TicketStep, member: Member, via: str, reason: str = "") -> ExecutionRun | None:
    """The execute step is agreed: its run is queued, once. None: somebody was faster.

    Raises IntegrityError where another run of the ticket lives: the whole act is to be undone.

    via: portal, dingtalk or feishu, where it was agreed; schedule when its time has come.
    """
    ticket = step.ticket
    if not moves.move(ticket, step, TicketStatus.EXECUTING, 0):
        return None
    moves.close_step(step, StepState.EXECUTED, member, via, reason)
    run = _queue(ticket, step, member)
    details = {"run": run.number, "via": via, "revision": step.revision}
    records.add(Action.RUN_STARTED, approvals.subject_of(ticket), member, details)
    approvals.supersede_cards(step, member, True)
    return run


def _queue(ticket: Ticket, step: TicketStep, member: Member) -> ExecutionRun:
    last = db.session.scalar(
        db.select(db.func.max(ExecutionRun.number)).filter_by(ticket_id=ticket.id)
    )
    now = database_now(db.session)
    run = ExecutionRun(
        ticket=ticket,
        step=step,
        number=(last or 0) + 1,
        live_key=str(ticket.id),
        started_by=member,
        created_at=now,
        due_at=now,
    )
    db.session.add(run)
    db.session.flush()
    return run


def live_run(ticket: Ticket) -> ExecutionRun | None:
    """The run that has not ended, if any."""
    return db.session.scalar(db.select(ExecutionRun).filter_by(live_key=str(ticket.id)))


def last_run(ticket: Ticket) -> ExecutionRun | None:
    """The newest run, whatever became of it."""
    return db.session.scalar(
        db.select(ExecutionRun)
        .filter_by(ticket_id=ticket.id)
        .order_by(ExecutionRun.number.desc())
        .limit(1)
    )


def abort(ticket: Ticket, member: Member) -> bool:
    """中止. True: nothing had begun, and nothing will; False: the server is asked to stop.

    Raises RuleError when there is nothing to stop any more.
    """
    if not states.can(member, TicketAction.ABORT, ticket):
        raise RuleError(_("工单当前的状态不允许中止"))
    run = live_run(ticket)
    if run is None:
        raise RuleError(_("上线已经结束，没有可以中止的语句"))
    db.session.execute(
        db.update(ExecutionRun)
        .where(ExecutionRun.id == run.id, ExecutionRun.abort_at.is_(None))
        .values(abort_at=database_now(db.session), abort_by_id=member.id)
        .execution_options(synchronize_session=False)
    )
    db.session.refresh(run)
    details = {"run": run.number}
    records.add(Action.RUN_ABORTED, approvals.subject_of(ticket), member, details)
    if run.state != RunState.QUEUED:
        return False
    return give_back(run, _("%(who)s 在开始之前中止了上线", who=member.shown_name))


def give_back(run: ExecutionRun, reason: str, undone: bool = False) -> bool:
    """Surely nothing of it is in force: the ticket is 待上线 again, its assignees are asked again.

    undone: something was sent, and all of it was rolled back. False when the run has ended, or
    was taken up, in the meantime.
    """
    did = _("已做的改动全部回滚") if undone else _("没有执行任何语句")
    notice = _("%(reason)s：%(did)s，工单恢复为待上线。", reason=reason, did=did)
    why = notice_texts.TAKEN_BACK if undone else notice_texts.NOT_BEGUN
    return take_back(run, reason, notice, why)


def take_back(run: ExecutionRun, reason: str, notice: str, why: str) -> bool:
    """The ticket is 待上线 again, whatever is said of it: notice on its page, why in comments.

    why: a code of notice_texts. False as above.
    """
    seen = run.state
    if not end_run(run, RunState.RETURNED, reason, seen):
        return False
    ticket, step = run.ticket, run.step
    if not moves.move(ticket, None, TicketStatus.WAIT_FOR_EXECUTION, step.position):
        return False
    # The ticket's SQL may be edited from here on: nothing of it is in force, nothing is kept.
    db.session.execute(db.delete(StatementRun).where(_of_run(run)))
    db.session.execute(db.delete(TaskRun).where(TaskRun.run_id == run.id))
    db.session.expire(run, ["tasks"])
    details = {"run": run.number, "reason": reason}
    records.add(Action.RUN_RETURNED, approvals.subject_of(ticket), None, details)
    moves.reopen_step(step)
    ticket.notice = notice
    notices.tell(ticket, Edge.RETURNED, why=why)
    return True


def _of_run(run: ExecutionRun):
    rows = db.select(TaskRun.id).where(TaskRun.run_id == run.id)
    return StatementRun.task_run_id.in_(rows)


def end_run(run: ExecutionRun, state: RunState, problem: str, seen: RunState) -> bool:
    """The conditional update that ends a run for good; False when somebody else has moved it.

    seen: the state it is known to be in.
    """
    now = database_now(db.session)
    done = db.session.execute(
        db.update(ExecutionRun)
        .where(ExecutionRun.id == run.id, ExecutionRun.state == seen)
        .values(state=state, live_key=None, ended_at=now, problem=problem)
        .execution_options(synchronize_session=False)
    )
    db.session.refresh(run)
    return done.rowcount == 1


def settle(ticket: Ticket, member: Member, settled_as: str) -> int:
    """Somebody has looked at the server: what became of the unknown statements of the last run.

    Answers how many. Both names are recorded: who began the run, and who looked.
    Raises RuleError.
    """
    if not states.can(member, TicketAction.SETTLE, ticket):
        raise RuleError(_("工单当前的状态不允许这样操作"))
    if settled_as not in SETTLEMENTS:
        raise RuleError(_("请选择核对的结果。"), "settled_as")
    run = last_run(ticket)
    unknown = unsettled(run) if run is not None else []
    if not unknown:
        raise RuleError(_("没有需要核对的语句。"))
    for statement in unknown:
        statement.settled_as = settled_as
        statement.settled_by = member
        statement.settled_at = database_now(db.session)
    details = {
        "run": run.number,
        "settled_as": settled_as,
        "started_by": run.started_by.username if run.started_by else "",
        "statements": [one.position for one in unknown],
    }
    records.add(Action.RUN_SETTLED, approvals.subject_of(ticket), member, details)
    return len(unknown)


def unsettled(run: ExecutionRun) -> list[StatementRun]:
    """The statements of this run of which nobody knows what became."""
    query = (
        db.select(StatementRun)
        .join(TaskRun, TaskRun.id == StatementRun.task_run_id)
        .where(
            TaskRun.run_id == run.id,
            StatementRun.state == StatementState.UNKNOWN,
            StatementRun.settled_as == "",
        )
        .order_by(StatementRun.id)
    )
    return list(db.session.scalars(query))
