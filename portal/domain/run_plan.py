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
from portal.models import ExecutionRun, TicketTask


class CannotRun(Exception):
    """Nothing may be sent; its text is a sentence for people."""


@dataclass(frozen=True)
class TaskPlan:
    """One data source's share. is_transaction: all of it takes effect, or nothing."""

    task_id: int
    name: str
    target: Target
    statements: tuple[str, ...]
    is_transaction: bool


def plan(claim: RunClaim) -> list[TaskPlan]:
    """Everything that the run needs to know. Raises CannotRun, RunLost."""
    run = run_log.mine(claim)
    tasks = list(run.ticket.tasks)
    _check_digest(run, tasks)
    return [_plan(task) for task in tasks]


def _check_digest(run: ExecutionRun, tasks: list[TicketTask]) -> None:
    """The text as it stands now must be the one that people were asked about."""
    found = filing.bound(
        (task.datasource_id, task.schema, hashlib.sha256(task.sql.encode()).hexdigest())
        for task in tasks
    )
    if not hmac.compare_digest(found, run.step.sql_digest):
        raise CannotRun(
            _(
                "工单中的 SQL 与审批时不一致，没有执行任何语句。"
                "请关闭这个工单，重新提交要执行的 SQL。"
            )
        )


def _plan(task: TicketTask) -> TaskPlan:
    source = task.datasource
    dialect = source.db_type.value
    statements = sqlaudit.split_statements(task.sql, dialect)
    try:
        target = datasources.target(source, task.schema)
    except UnreadableSecret:
        raise CannotRun(
            _("数据源 %(name)s 的密码无法解密，请项目管理员重新填写。", name=source.name)
        ) from None
    except RuleError as error:
        raise CannotRun(
            _("数据源 %(name)s：%(why)s", name=source.name, why=error.message)
        ) from None
    return TaskPlan(
        task_id=task.id,
        name=source.name,
        target=target,
        statements=tuple(statements),
        is_transaction=all(sqlaudit.is_transactional(one, dialect) for one in statements),
    )
