"""The network table N1-N19, call by call: each exchange of each story meets each fault."""

from __future__ import annotations

import logging
from datetime import timedelta
from urllib.parse import urlsplit

import pytest

from portal.domain import looking
from portal.extensions import db
from portal.kit.clock import database_now
from portal.models import AppHealth, Delivery, DeliveryState, ProviderSetting
from tests.faults.conftest import ON_EACH
from tests.faults.front import Front
from tests.faults.goals import IS_LONG
from tests.faults.judge import UNHARMED
from tests.faults.stories import STORIES, Start, Story, exchanges
from tests.platforms import PLATFORMS

ELSEWHERE = {"Location": "http://127.0.0.1:1/elsewhere"}
CUT = '{"code":0,"instanceId":"'
# row of the table: the sandbox's fault, or what the door before it does. Rows of the second part
# take a second each, the time-out: the short form plays them at one exchange only.
QUICK = {
    "N1 refused": "refused",
    "N3 no answer before": {"kind": "lost_before"},
    "N4 no answer after": {"kind": "lost_after"},
    "N6 reset before": {"kind": "lost_before", "reset": True},
    "N6 reset after": {"kind": "lost_after", "reset": True},
    "N7 20 bytes": {"kind": "half", "bytes": 20},
    "N7 60 bytes": {"kind": "half", "bytes": 60},
    "N7 200 bytes": {"kind": "half", "bytes": 200},
    "N9 50 MB": {"kind": "flood"},
    "N9 gzip bomb": {"kind": "flood", "gzip": True, "bytes": 8 * 1024 * 1024},
    "N9 endless chunks": {"kind": "flood", "chunked": True},
    "N13 500 before": {"kind": "status", "status": 500},
    "N13 502 before": {"kind": "status", "status": 502, "body": "<html>Bad Gateway</html>"},
    "N13 503 after": {"kind": "status_after", "status": 503},
    "N13 504 after": {"kind": "status_after", "status": 504},
    "N14 token": {"kind": "token"},
    "N15 200 of nothing": {"kind": "status", "status": 200, "body": {}},
    "N16 cut JSON after": {"kind": "status_after", "status": 200, "body": CUT},
    "N16 a list": {"kind": "status", "status": 200, "body": []},
    "N19 302 before": {"kind": "status", "status": 302, "headers": ELSEWHERE},
    "N19 308 after": {"kind": "status_after", "status": 308, "headers": ELSEWHERE},
}
SLOW = {
    "N2 hangs": "hangs",
    "N3 late": {"kind": "delay", "seconds": 1.3},
    "N4 late": {"kind": "delay_after", "seconds": 1.3},
    "N8 drip": {"kind": "drip", "seconds": 0.05},
}
# These are about the whole app: nobody is served before its pause is over.
PAUSING = {
    "N10 rate": {"kind": "qps"},
    "N11 page": {"kind": "ban"},
    "N11 page after": {"kind": "status_after", "status": 200, "body": "<html>请登录</html>"},
    "N11 JSON": {"kind": "ban_json"},
    "N12 quota": {"kind": "quota"},
}
TABLE = QUICK | PAUSING | SLOW


@pytest.fixture
def front(stage):
    """The way to the sandbox, for this app."""
    with Front(urlsplit(stage.sandbox.base).port) as made:
        for name in stage.platform.settings:
            stage.world.app.config[name] = made.url
        yield made


@pytest.fixture
def no_traceback(caplog):
    """One class of error: whatever comes, nobody is surprised by it."""
    caplog.set_level(logging.ERROR)
    yield
    assert not [record.getMessage() for record in caplog.records]


def meet(story: Story, front: Front, row: str, position: int) -> str:
    """The exchange at this position meets the fault; answers what is wrong already."""
    stage, fault = story.stage, TABLE[row]
    story.prepare()
    stage.sandbox.control("calls", method="DELETE")
    if isinstance(fault, str):
        front.shut_after(position, hangs=fault == "hangs")
        story.play()
        front.open()
    else:
        ordered = stage.sandbox.fault(match="", skip=position, **fault)
        story.play()
        has_come = stage.hits(ordered) == 1
        stage.sandbox.control("faults", method="DELETE")
        if not has_come:
            return "it never came"
    wrong = meanwhile(story, row)
    if story.is_alone:
        return recover(stage, [story]) or wrong
    set_aside(stage)
    return wrong


def meanwhile(story: Story, row: str) -> str:
    """Before anything is recovered."""
    if not (story.holds() or story.is_untouched()):
        return "half a change"
    if row.startswith(story.pauses):
        return "" if story.stage.health().paused_until else "not paused"
    is_shut = row in {"N1 refused", "N2 hangs"}
    if story.has_neighbour and not is_shut and not story.neighbour_is_served():
        return "the row beside it had to wait"
    return "" if story.tokens() <= 2 else f"{story.tokens()} tokens"


def set_aside(stage) -> None:
    """What waits for its next try comes after all others have met their fault.

    What they left in doubt of the app, or its template, is settled: each fault is met alone.
    """
    with stage.world.rules():
        now = database_now(db.session)
        later = now + timedelta(hours=1)
        db.session.execute(
            db.update(ProviderSetting)
            .where(ProviderSetting.template_code != "")
            .values(template_checked_at=now)
        )
        is_queued = Delivery.state == DeliveryState.QUEUED
        db.session.execute(db.update(Delivery).where(is_queued).values(due_at=later))
        db.session.execute(db.delete(AppHealth))


def recover(stage, stories: list[Story]) -> str:
    """The retries and the settling, without waiting for them; answers what is wrong then."""
    for _round in range(8):
        stage.world.pass_time(5)
        stage.hurry()
        stories[0].play()
        if stage.is_drained() and all(one.holds() for one in stories):
            return ""
    return "not exactly once"


def rows(kind: type[Story], turn: int) -> list[str]:
    """Of the table, as this form of the run plays them: a third, another one for each turn."""
    if IS_LONG:
        return list(TABLE)
    picked = list(QUICK | PAUSING)[turn % 3 :: 6 if kind.is_alone else 3]
    return picked + (list(SLOW)[turn % 2 :: 2] if kind.is_slowed else [])


def play_table(stage, front, kind: type[Story], names: list[str]) -> None:
    """Each fault at one exchange, each exchange with several faults; the long form: all."""
    count = exchanges(stage, kind)
    wrong, played = {}, {}
    for number, row in enumerate(names):
        for position in range(count) if IS_LONG else [number % count]:
            story = played[row, position] = kind(stage, number)
            found = meet(story, front, row, position)
            if found:
                wrong[row, position] = found
    if not kind.is_alone and recover(stage, list(played.values())):
        lost = [place for place, one in played.items() if not one.holds()]
        wrong = dict.fromkeys(lost, "not exactly once") | wrong
    assert not wrong


@pytest.mark.faults
@ON_EACH
@pytest.mark.parametrize("name", STORIES)
def test_each_exchange_survives_each_fault(stage, front, no_traceback, name):
    stage.sandbox.control("rules", {"withdraw_after": 0})
    stage.warm()
    turn = sorted(PLATFORMS).index(stage.platform.name) + list(STORIES).index(name)
    play_table(stage, front, STORIES[name], rows(STORIES[name], turn))
    assert stage.judge().harm == UNHARMED
    assert stage.count(Delivery.state == DeliveryState.FAILED) == 0


@pytest.mark.sabotage
def test_without_the_look_the_table_is_not_held(stage, front, monkeypatch):
    stage.warm()
    monkeypatch.setattr(looking, "look", lambda claim, doubts, provider, checkpoint: None)
    last = exchanges(stage, Start) - 1
    stories = [Start(stage) for _row in range(2)]
    for story, row in zip(stories, ("N4 no answer after", "N13 503 after"), strict=True):
        meet(story, front, row, last)
    recover(stage, stories)
    assert stage.judge().duplicated == 2
