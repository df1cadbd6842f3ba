"""A ticket brought to its end, and what was said of it over there."""

from __future__ import annotations

import re

import pytest

from portal.domain import tickets
from portal.domain.notices import tell
from portal.domain.told import Edge
from portal.extensions import db
from portal.kit.clock import database_now
from portal.models import (
    Delivery,
    DeliveryAction,
    ExecutionRun,
    RunState,
    StatementRun,
    StatementState,
    TaskRun,
    Ticket,
)
from tests.world import World

PAGE = "/projects/pay/tickets/1"
AT = r"\d\d-\d\d \d\d:\d\d"


def agree(world: World, ticket_id: int, position: int, username: str, reason: str = "") -> None:
    """Decided in the portal."""
    with world.ticket(ticket_id) as ticket:
        step = world.step(ticket, position)
        assert tickets.decide(step, world.member(username), True, reason)


def make_ready(world: World) -> int:
    """A ticket that waits for execution; both of its cards have ended over there."""
    ticket_id = world.file()
    for position, username in ((1, "lead"), (2, "dba")):
        world.deliver()
        agree(world, ticket_id, position, username)
    world.run()
    world.sandbox.control("calls", method="DELETE")
    return ticket_id


def mark_executed(world: World, ticket_id: int) -> None:
    with world.ticket(ticket_id) as ticket:
        tickets.mark_executed(ticket, world.member("operator"))


def refuse(world: World, ticket_id: int, position: int, username: str, reason: str) -> None:
    with world.ticket(ticket_id) as ticket:
        step = world.step(ticket, position)
        assert tickets.decide(step, world.member(username), False, reason)


def close(world: World, ticket_id: int) -> None:
    with world.ticket(ticket_id) as ticket:
        tickets.close(ticket, world.member("creator"), "填错了")


def run_ends(world: World, ticket_id: int, edge: Edge, *statements: dict, problem="") -> None:
    """As a run's end will do it: the run, its statements, and then people are told."""
    with world.ticket(ticket_id) as ticket:
        run = _run_of(ticket, statements, problem)
        tell(ticket, edge, run_id=run.id)


def _run_of(ticket: Ticket, statements, problem: str) -> ExecutionRun:
    now = database_now(db.session)
    ran = [
        StatementRun(position=position, started_at=now, **{"state": StatementState.DONE} | values)
        for position, values in enumerate(statements, start=1)
    ]
    run = ExecutionRun(
        ticket=ticket,
        step=ticket.steps[-1],
        number=1,
        state=RunState.FINISHED,
        due_at=now,
        problem=problem,
        tasks=[TaskRun(task=ticket.tasks[0], state=RunState.FINISHED, statements=ran)],
    )
    db.session.add(run)
    db.session.flush()
    return run


def comment_calls(world: World) -> int:
    """Calls over there that left, or tried to leave, a comment."""
    paths = [re.compile(one.comment) for one in world.platforms]
    return sum(
        call["method"] == "POST" and any(path.search(call["path"]) for path in paths)
        for call in world.sandbox.calls()
    )


def counted(world: World) -> int:
    """Calls over there since the log was cleared, but for the token's and the address book's."""
    free = {one.token for one in world.platforms} | {one.people for one in world.platforms}
    return sum(not any(part in call["path"] for part in free) for call in world.sandbox.calls())


def only_comment(world: World, card_id: str) -> str:
    """The one comment on this card; no other card has any."""
    comments = {card["id"]: card["comments"] for card in world.sandbox.cards()}
    (said,) = comments.pop(card_id)
    assert not any(comments.values()), comments
    assert said["user"] == "ding-creator"
    return said["comment"]


def comment_of(world: World, ticket_id: int) -> tuple[str, str]:
    """State and code of the only comment's delivery."""
    with world.rules():
        row = comment_row()
        return row.state.value, row.last_code


def comment_row() -> Delivery:
    """The only comment's delivery. Within rules()."""
    return db.session.scalars(db.select(Delivery).filter_by(action=DeliveryAction.COMMENT)).one()


def untold(world: World, visitor) -> list[str]:
    """What the ticket's page says of people who could not be told on the platform."""
    page = visitor.get(PAGE)
    return [tag.get_text() for tag in page.select(f'[data-untold="{world.platform.name}"]')]


def last_card(world: World) -> str:
    """The id of the newest card over there."""
    return world.sandbox.cards()[-1]["id"]


def matches(pattern: str, text: str) -> None:
    """The whole text is so; its time is whatever it is."""
    if not re.fullmatch(pattern.replace("{at}", AT), text):
        pytest.fail(f"{text!r} is not {pattern!r}")
