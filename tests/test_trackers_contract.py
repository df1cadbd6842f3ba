"""Every tracker's adapter keeps the one interface: the same story, whatever is behind it."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import pytest

from portal.domain.tracker import (
    AppCredentials,
    Check,
    Contact,
    IssueKind,
    IssuePriority,
    IssueProgress,
    IssueRequest,
    IssueTracker,
    ProviderError,
)
from portal.providers import TRACKERS, make_tracker
from portal.sandbox.seed import CODING_TOKEN
from tests.far_side import Sandbox

TOKENS = {"coding": CODING_TOKEN}
PROJECT, NOWHERE = "shop", "no-such-project"
KEY = "Pab12-Q1"
REQUEST = IssueRequest(
    key=KEY,
    project=PROJECT,
    kind=IssueKind.DEFECT,
    priority=IssuePriority.HIGH,
    title=f"[SQL管控] 订单库：没有 WHERE 条件 {KEY}",
    description="```sql\nDELETE FROM t\n```",
    first_try_at=datetime.now(UTC) - timedelta(minutes=5),
)


@dataclass
class Stage:
    """An adapter, and where it calls."""

    make: Callable[..., IssueTracker]
    sandbox: Sandbox


@pytest.fixture(scope="module")
def far_side():
    made = Sandbox()
    yield made
    made.close()


@pytest.fixture(params=sorted(TOKENS))
def stage(request, context, far_side):
    far_side.post("/reset")

    def make(token: str = TOKENS[request.param]) -> IssueTracker:
        return make_tracker(request.param, AppCredentials(far_side.url, token), 30)

    return Stage(make, far_side)


def test_no_adapter_is_left_out():
    assert sorted(TRACKERS) == sorted(TOKENS)


@pytest.mark.parametrize("name", sorted(TRACKERS))
def test_every_method_is_there_with_its_parameters(context, name):
    made = make_tracker(name, AppCredentials("http://127.0.0.1:1", "t"), 1)
    for method, wanted in inspect.getmembers(IssueTracker, inspect.isfunction):
        if not method.startswith("_"):
            have = inspect.signature(getattr(made, method)).parameters
            assert list(have) == list(inspect.signature(wanted).parameters)[1:], method
    assert made.name == name
    assert str(made.title)


def test_a_created_issue_is_found_by_its_key_and_read_by_its_number(stage):
    tracker = stage.make()
    created = tracker.create(REQUEST)
    assert created.number
    assert created.progress is IssueProgress.OPEN
    found = tracker.find(REQUEST)
    assert (found.number, found.url) == (created.number, created.url)
    read = tracker.fetch(PROJECT, created.number)
    assert (read.number, read.progress) == (created.number, IssueProgress.OPEN)


def test_a_key_that_only_begins_like_ours_is_another(stage):
    tracker = stage.make()
    tracker.create(replace(REQUEST, key=f"{KEY}2", title=f"t {KEY}2"))
    assert tracker.find(REQUEST) is None


def test_an_issue_from_before_our_first_try_is_anothers(stage):
    tracker = stage.make()
    tracker.create(REQUEST)
    later = datetime.now(UTC) + timedelta(hours=2)
    assert tracker.find(replace(REQUEST, first_try_at=later)) is None


def test_what_was_never_created_is_not_found(stage):
    tracker = stage.make()
    assert tracker.find(REQUEST) is None
    assert tracker.fetch(PROJECT, "4711") is None


def test_a_person_whom_nobody_knows_is_left_out_and_said(stage):
    created = stage.make().create(replace(REQUEST, assignee=Contact(phone="+8613912345678")))
    assert created.number
    assert created.note


@pytest.mark.parametrize("token", ["wrong", "token wrong", "x" * 300])
def test_trouble_is_an_error_that_says_what_to_do(stage, token):
    for tracker, request in ((stage.make(token), REQUEST),
                             (stage.make(), replace(REQUEST, project=NOWHERE))):  # fmt: skip
        with pytest.raises(ProviderError) as refused:
            tracker.create(request)
        sentence, cure = tracker.explain(refused.value)
        assert sentence
        assert cure
        if len(token) > 10:
            assert token not in f"{refused.value!r} {sentence} {cure}"


def test_the_test_button_leaves_nothing(stage):
    tracker = stage.make()
    lines = tracker.check(PROJECT)
    assert lines
    assert all(isinstance(line, Check) for line in lines)
    assert {"address", "credentials"} <= {line.name for line in lines}
    assert tracker.find(REQUEST) is None
    assert stage.sandbox.get("/issues")["issues"] == []
