"""What can be taken away from a ticket's page: its SQL as text, its audit result as a table."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator
from itertools import chain

from flask import Response, abort
from flask_babel import gettext as _
from sqlalchemy import Row

from portal.blueprints.access import project_member
from portal.blueprints.tickets.ticket_page import ticket_or_404
from portal.blueprints.tickets.views import bp
from portal.blueprints.wording import level_titles
from portal.extensions import db
from portal.models import DataSource, Level, Project, Ticket, TicketStatement, TicketTask

# A cell of Excel holds 32,767 characters.
LONGEST_CELL = 32_000
# Excel takes the byte order mark for a sign of UTF-8.
MARK = "\ufeff"
# What begins so is a formula to a spreadsheet: it could read or send what stands beside it.
FORMULAS = ("=", "+", "-", "@", "\t", "\r")


@bp.get("/<int:number>/sql/<int:task_id>")
@project_member
def sql(project: Project, number: int, task_id: int):
    """A data source's SQL as filed, as a text file."""
    ticket = ticket_or_404(project, number)
    task = next((one for one in ticket.tasks if one.id == task_id), None)
    if task is None:
        abort(404)
    return _file(task.sql, "text/plain", f"{project.name}-{ticket.number}-{task.id}.sql")


@bp.get("/<int:number>/audit.csv")
@project_member
def audit_csv(project: Project, number: int):
    """The audit result, one row a finding, for a spreadsheet."""
    ticket = ticket_or_404(project, number)
    # Read at once, two mebibytes of SQL at most; a slow reader then holds up no transaction.
    statements = db.session.execute(_statements(ticket)).all()
    lines = _lines(chain([_header()], _rows(statements, level_titles())))
    return _file(lines, "text/csv", f"{project.name}-{ticket.number}-audit.csv")


def _file(content: str | Iterable[str], kind: str, name: str) -> Response:
    answer = Response(content, mimetype=kind)
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


def _statements(ticket: Ticket):
    return (
        db.select(
            DataSource.name,
            TicketTask.schema,
            TicketStatement.position,
            db.func.substr(TicketStatement.sql, 1, LONGEST_CELL + 1).label("sql"),
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
        facts = [one.name, one.schema, one.position, _cut(one.sql)]
        for finding in one.findings or [{"level": one.level.value}]:
            said = [finding.get(name, "") for name in ("rule", "message", "english")]
            yield [*facts, titles[Level(finding["level"])], *said]


def _cut(text: str) -> str:
    return text if len(text) <= LONGEST_CELL else text[:LONGEST_CELL] + "…"


def _lines(rows: Iterable[Iterable]) -> Iterator[str]:
    """The table as text, a row at a time."""
    yield MARK
    for row in rows:
        line = io.StringIO()
        csv.writer(line).writerow([_harmless(cell) for cell in row])
        yield line.getvalue()


def _harmless(cell):
    is_formula = isinstance(cell, str) and cell.startswith(FORMULAS)
    return f"'{cell}" if is_formula else cell
