"""What a comment says: built when it is sent, and the same at every try, so that it is found."""

from __future__ import annotations

from datetime import UTC, datetime

from flask import current_app
from flask_babel import gettext as _

from portal.domain.told import Edge
from portal.extensions import db
from portal.kit import card_texts, clock
from portal.models import (
    Delivery,
    ExecutionRun,
    StatementRun,
    StatementState,
    StepState,
    TaskRun,
    Ticket,
)

UNCONFIRMED, NOT_BEGUN, TAKEN_BACK = "unconfirmed", "not_begun", "taken_back"
RESTORED = "restored"
SAID_LIMIT = 300


def text_of(delivery: Delivery) -> str:
    """The comment. delivery: its own, whose payload names the edge, its time and its run."""
    ticket, payload = delivery.approval.step.ticket, delivery.payload
    build = {
        Edge.REFUSED: _refused,
        Edge.RETURNED: _returned,
        Edge.FINISHED: _finished,
        Edge.MARKED_EXECUTED: _marked_executed,
        Edge.FAILED: _failed,
        Edge.CLOSED: _closed,
    }[Edge(payload["edge"])]
    return build(ticket, payload, _moment(payload))


def _moment(payload: dict) -> str:
    at = datetime.fromtimestamp(payload["at"], UTC)
    return clock.local(at, current_app.config["TIMEZONE"]).strftime("%m-%d %H:%M")


def _refused(ticket: Ticket, payload: dict, at: str) -> str:
    step = next(
        one
        for one in ticket.steps
        if one.revision == payload["revision"] and one.state == StepState.REJECTED
    )
    who = step.decided_by.shown_name if step.decided_by else _("审批平台")
    return _(
        "工单 #%(number)s 已被 %(who)s 驳回（%(at)s）：%(reason)s",
        number=ticket.number,
        who=who,
        at=at,
        reason=_cut(step.reason),
    )


def _returned(ticket: Ticket, payload: dict, at: str) -> str:
    why = {
        UNCONFIRMED: _("定时上线前没有得到确认"),
        NOT_BEGUN: _("上线没有开始，SQL 没有执行"),
        TAKEN_BACK: _("上线中途停止，已做的改动全部回滚"),
        RESTORED: _("门户从备份恢复，备份之后可能已经上线过，请先核对数据源"),
    }.get(payload.get("why"), _("请在工单页面查看原因"))
    return _(
        "工单 #%(number)s 没有上线，回到待上线（%(at)s）：%(why)s",
        number=ticket.number,
        at=at,
        why=why,
    )


def _finished(ticket: Ticket, payload: dict, at: str) -> str:
    return _(
        "工单 #%(number)s 上线成功（%(at)s，%(n)d 条语句全部执行）",
        number=ticket.number,
        at=at,
        n=len(_statements(payload)),
    )


def _marked_executed(ticket: Ticket, payload: dict, at: str) -> str:
    done = [one for one in ticket.steps if one.state == StepState.EXECUTED]
    return _(
        "工单 #%(number)s 已由 %(who)s 标记为人工上线（%(at)s）",
        number=ticket.number,
        who=done[-1].decided_by.shown_name,
        at=at,
    )


def _failed(ticket: Ticket, payload: dict, at: str) -> str:
    text = _("工单 #%(number)s 上线失败（%(at)s）", number=ticket.number, at=at)
    why = _failing_statement(ticket, payload)
    if not why and "run_id" in payload:
        why = _cut(db.session.get_one(ExecutionRun, payload["run_id"]).problem)
    return f"{text}：{why}" if why else text


def _failing_statement(ticket: Ticket, payload: dict) -> str:
    """Which one, and what the server said of it; empty where no statement is to blame."""
    ran = _statements(payload)
    for state in (StatementState.FAILED, StatementState.UNKNOWN):
        one = next((one for one in ran if one.state == state), None)
        if one is not None:
            where = _source(one) if len(ticket.tasks) > 1 else ""
            return where + _("第 %(n)s 条语句：%(said)s", n=one.position, said=_server_said(one))
    return ""


def _source(one: StatementRun) -> str:
    return db.session.get_one(TaskRun, one.task_run_id).task.datasource.name + " "


def _server_said(one: StatementRun) -> str:
    if one.state == StatementState.UNKNOWN:
        return _("结果未知，请到数据库核对")
    return _cut(" ".join(filter(None, (one.code, one.message))))


def _closed(ticket: Ticket, payload: dict, at: str) -> str:
    return _(
        "工单 #%(number)s 已被 %(who)s 关闭（%(at)s）：%(reason)s",
        number=ticket.number,
        who=ticket.closed_by.shown_name if ticket.closed_by else "-",
        at=at,
        reason=_cut(ticket.close_reason),
    )


def _statements(payload: dict) -> list[StatementRun]:
    """What ran, in order, over all data sources."""
    query = (
        db.select(StatementRun)
        .join(TaskRun, TaskRun.id == StatementRun.task_run_id)
        .where(TaskRun.run_id == payload.get("run_id"))
        .order_by(TaskRun.id, StatementRun.position)
    )
    return list(db.session.scalars(query))


def _cut(said: str) -> str:
    return card_texts.line(said, SAID_LIMIT)
