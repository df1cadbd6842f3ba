"""Testing a permission: what a call's end says about it, and what it cannot say."""

import time

import pytest

from portal.kit.errors import Kind, ProviderError
from portal.kit.probing import EXCHANGE_SECONDS, TEST_SECONDS, Prober, hurry

PROBER = Prober("飞书", lambda error: (f"说明 {error.code}", "办法"), frozenset({"404"}))


def ends(kind, code="c"):
    def call():
        raise ProviderError("feishu", code, "x", kind)

    return call


def answers():
    return None


@pytest.mark.usefixtures("context")
@pytest.mark.parametrize("kind", [Kind.REFUSED, Kind.NOT_FOUND])
def test_a_refusal_for_what_was_asked_shows_the_permission(kind):
    found = PROBER.by_refusal(ends(kind, "1390002"), "读取不存在的审批")
    assert found.is_granted is True
    assert "1390002" in found.detail
    assert "读取不存在的审批" in found.detail


@pytest.mark.usefixtures("context")
@pytest.mark.parametrize("kind", [Kind.PERMISSION, Kind.QUOTA, Kind.CREDENTIALS])
def test_a_refusal_for_good_says_no(kind):
    for found in (PROBER.by_refusal(ends(kind), "x"), PROBER.by_call(ends(kind), "x")):
        assert (found.is_granted, found.error.kind) == (False, kind)


@pytest.mark.usefixtures("context")
@pytest.mark.parametrize("kind", [Kind.RETRY, Kind.UNKNOWN_OUTCOME])
def test_what_may_end_otherwise_next_time_says_nothing(kind):
    for found in (PROBER.by_refusal(ends(kind), "x"), PROBER.by_call(ends(kind), "x")):
        assert found.is_granted is None
        assert "说明 c" in found.detail


@pytest.mark.usefixtures("context")
def test_an_address_of_something_else_says_nothing():
    assert PROBER.by_refusal(ends(Kind.REFUSED, "404"), "x").is_granted is None
    assert PROBER.by_call(ends(Kind.REFUSED, "404"), "x").is_granted is None


@pytest.mark.usefixtures("context")
def test_an_answer_shows_the_permission_only_where_it_may():
    assert PROBER.by_call(answers, "已读取").detail == "已读取"
    assert PROBER.by_refusal(answers, "x").is_granted is None
    assert PROBER.by_refusal(answers, "x", fine="已查询").is_granted is True


@pytest.mark.usefixtures("context")
def test_a_person_who_is_not_there_is_no_missing_permission():
    assert PROBER.by_call(ends(Kind.NOT_FOUND), "x", "没有这个人").is_granted is True
    assert PROBER.by_call(ends(Kind.NOT_FOUND), "x").is_granted is False


def test_who_stands_at_the_button_waits_no_longer():
    deadline, timeout = hurry(60, 10)
    assert TEST_SECONDS - 1 < deadline.remaining() <= TEST_SECONDS < 15
    assert timeout == EXCHANGE_SECONDS
    began = time.monotonic()
    deadline, timeout = hurry(3, 1)
    assert deadline.remaining() + time.monotonic() - began <= 3.01
    assert timeout == 1
