"""A million tickets out of a block of them: copied inside the database, block by block.

A copy differs in its ids, its numbers and its day. Who filed it, in which project, and what became
of it is as in the first block: whatever a list may look for grows alike, what waits and what was
rejected too. Of all that hangs on a ticket, what lists look at is copied.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, Integer, Select, func, insert, literal, select, text, update

from portal.extensions import db
from portal.kit.clock import UtcDateTime, utc_now
from portal.models import (
    Approval,
    Project,
    Ticket,
    TicketStep,
    TicketStepAssignee,
    TicketTask,
)

# The rows before those that point to them.
COPIED = (Ticket, TicketTask, TicketStep, TicketStepAssignee, Approval)
POINTS_TO = {"ticket_id": Ticket, "awaited_ticket_id": Ticket, "step_id": TicketStep}
# Where nothing may be there twice: a copy has its number in front.
NAMES = {"form_nonce", "key", "external_id"}


def multiply(times: int) -> None:
    """So many blocks instead of the one that is there."""
    block = dict(
        db.session.execute(
            select(Ticket.project_id, func.count()).group_by(Ticket.project_id)
        ).all()
    )
    spans = {one: db.session.scalar(select(func.max(one.id))) for one in COPIED}
    newest = db.session.scalar(select(func.max(Ticket.created_at)))
    apart = (utc_now() - newest) / (times + 1)
    for number in range(1, times):
        for model in COPIED:
            rows = _copy(model, number, spans, newest + number * apart)
            names = [one.name for one in model.__table__.columns]
            db.session.execute(insert(model.__table__).from_select(names, rows))
        db.session.commit()
    for project_id, count in block.items():
        last = update(Project).where(Project.id == project_id)
        db.session.execute(last.values(next_ticket_number=count * times + 1))
    db.session.commit()
    settle_statistics()


def _copy(model, number: int, spans: dict, day: datetime) -> Select:
    """The first block's rows of this table, changed into the copy of this number."""
    source = model.__table__.alias()
    values = []
    for one in source.columns:
        if one.name == "id" or one.name in POINTS_TO:
            values.append(one + number * spans[POINTS_TO.get(one.name, model)])
        elif one.name == "number":
            # next_ticket_number still follows the first block.
            block = select(Project.next_ticket_number - 1).where(Project.id == source.c.project_id)
            values.append(one + number * block.scalar_subquery())
        elif one.name in NAMES:
            values.append(literal(f"{number}-") + one)
        elif one.name == "created_at":
            values.append(literal(day, UtcDateTime))
        else:
            values.append(one)
    return select(*values).where(source.c.id <= spans[model])


def settle_statistics() -> None:
    """What a server's own housekeeping would have done by now: statistics, sequences."""
    name = db.engine.dialect.name
    if name == "sqlite":
        return
    with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        if name == "postgresql":
            connection.execute(text("VACUUM ANALYZE"))
            for model in db.Model.__subclasses__():
                key = model.__table__.columns.get("id")
                if key is not None and key.autoincrement and isinstance(key.type, Integer):
                    _raise_sequence(connection, model.__tablename__)
        else:
            for model in COPIED:
                connection.execute(text(f"ANALYZE TABLE {model.__tablename__}"))


def _raise_sequence(connection: Connection, table: str) -> None:
    """Ids were given by hand: the next one comes after them."""
    connection.execute(
        text(f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), max(id)) FROM {table}")
    )
