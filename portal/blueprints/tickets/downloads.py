"""What can be taken away from a ticket's page: its SQL as text, its audit result as a table."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import chain

from flask import abort
from flask_babel import gettext as _
from sqlalchemy import Row

from portal.blueprints import tables
from portal.blueprints.access import project_member
from portal.blueprints.tickets.ticket_page import ticket_or_404
from portal.blueprints.tickets.views import bp
from portal.domain.levels import level_titles
from portal.extensions import db
from portal.models import DataSource, Level, Project, Ticket, TicketStatement, TicketTask


@bp.get("/<int:number>/sql/<int:task_id>")
@project_member
def sql(project: Project, number: int, task_id: int):
    """A data source's SQL as filed, as a text file."""
    ticket = ticket_or_404(project, number)
    task = next((one for one in ticket.tasks if one.id == task_id), None)
    if task is None:
        abort(404)
    return tables.file(task.sql, "text/plain", f"{project.name}-{ticket.number}-{task.id}.sql")


@bp.get("/<int:number>/audit.csv")
@project_member
def audit_csv(project: Project, number: int):
    """The audit result, one row a finding, for a spreadsheet."""
    ticket = ticket_or_404(project, number)
    # Read at once, two mebibytes of SQL at most; a slow reader then holds up no transaction.
    statements = db.session.execute(_statements(ticket)).all()
    lines = tables.lines(chain([_header()], _rows(statements, level_titles())))
    return tables.file(lines, "text/csv", f"{project.name}-{ticket.number}-audit.csv")


def _statements(ticket: Ticket):
    return (
        db.select(
            DataSource.name,
            TicketTask.schema,
            TicketStatement.position,
            db.func.substr(TicketStatement.sql, 1, tables.LONGEST_CELL + 1).label("sql"),
            TicketStatement.level,
            TicketStatement.findings,
        )
        .join(TicketTask, TicketTask.id == TicketStatement.task_id)
        .join(DataSource, DataSource.id == TicketTask.datasource_id)
        .where(TicketTask.ticket_id == ticket.id)
        .order_by(TicketTask.id, TicketStatement.position)
    )


def _header() -> list[str]:
    return [
        _("数据源"),
        "schema",
        _("序号"),
        "SQL",
        _("等级"),
        _("规则"),
        _("说明"),
        "English",
    ]


def _rows(statements: Iterable[Row], titles: dict[str, str]) -> Iterator[list]:
    """One a finding; one of a statement without any."""
    for one in statements:
        facts = [one.name, one.schema, one.position, tables.cut(one.sql)]
        for finding in one.findings or [{"level": one.level.value}]:
            said = [finding.get(name, "") for name in ("rule", "message", "english")]
            yield [*facts, titles[Level(finding["level"])], *said]
