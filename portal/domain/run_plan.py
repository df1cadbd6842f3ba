"""What a run is to send, as plain values: the approved bytes and nothing else (E9)."""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass

from flask_babel import gettext as _

from portal import sqlaudit
from portal.domain import datasources, filing, run_log
from portal.domain.errors import RuleError
from portal.domain.run_log import RunClaim
from portal.kit.crypto import UnreadableSecret
from portal.kit.databases import Target
from portal.models import Ticket, TicketStep, TicketTask


class CannotRun(Exception):
    """Nothing may be sent; its text is a sentence for people."""


@dataclass(frozen=True)
class Approved:
    """One data source's share as it was read: to be split while no transaction is open."""

    task_id: int
    name: str
    target: Target
    sql: str


@dataclass(frozen=True)
class TaskPlan:
    """One data source's share. is_transaction: all of it takes effect, or nothing."""

    task_id: int
    name: str
    target: Target
    statements: tuple[str, ...]
    is_transaction: bool


def read(claim: RunClaim) -> list[Approved]:
    """Everything that the run needs to know. Raises CannotRun, RunLost."""
    run = run_log.mine(claim)
    if not is_as_approved(run.ticket, run.step):
        raise CannotRun(changed())
    return [_approved(task) for task in run.ticket.tasks]


def is_as_approved(ticket: Ticket, step: TicketStep) -> bool:
    """Whether SQL and databases are still those that people were asked about."""
    found = filing.bound(
        (task.datasource, task.schema, hashlib.sha256(task.sql.encode()).hexdigest())
        for task in ticket.tasks
    )
    return hmac.compare_digest(found, step.sql_digest)


def changed() -> str:
    """What to say where it is not as approved."""
    return _(
        "工单中的 SQL 或数据源的地址与审批时不一致，没有执行任何语句。"
        "请驳回或关闭这个工单，核对后重新提交。"
    )


def _approved(task: TicketTask) -> Approved:
    name = task.datasource.name
    try:
        target = datasources.target(task.datasource, task.schema)
    except UnreadableSecret:
        text = _("数据源 %(name)s 的密码无法解密，请项目管理员重新填写。", name=name)
        raise CannotRun(text) from None
    except RuleError as error:
        text = _("数据源 %(name)s：%(why)s", name=name, why=error.message)
        raise CannotRun(text) from None
    return Approved(task.id, name, target, task.sql)


def plan(approved: Approved) -> TaskPlan:
    """Its statements. Takes a while: call it with no transaction open. Raises CannotRun."""
    dialect = approved.target.db_type
    statements = sqlaudit.split_statements(approved.sql, dialect)
    for position, sql in enumerate(statements, start=1):
        if sqlaudit.ends_transaction(sql, dialect):
            raise CannotRun(
                _(
                    "第 %(n)d 条语句自行控制事务（BEGIN、COMMIT、SET autocommit 等），会让执行结果"
                    "无法确认，因此没有执行任何语句。请删去后重新提交。",
                    n=position,
                )
            )
    return TaskPlan(
        task_id=approved.task_id,
        name=approved.name,
        target=approved.target,
        statements=tuple(statements),
        is_transaction=all(sqlaudit.is_transactional(one, dialect) for one in statements),
    )
