"""Finding what was created under our key: exactly, or surely not."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from portal.blueprints.coding import finding
from portal.domain.tracker import Kind, ProviderError
from tests.coding.conftest import KEY, Adapter, calls, order
from tests.coding.listing import Lists

pytestmark = pytest.mark.usefixtures("context")
NOW = datetime.now(UTC)


def test_a_created_issue_is_found_with_its_link(adapter, sandbox):
    made = adapter().create(order())
    found = adapter().find(order())
    assert (found.number, found.url) == (made.number, made.url)
    assert calls(sandbox)[1:] == ["DescribeIssueListWithPage"]


def test_before_the_first_try_nothing_is_asked(adapter, sandbox):
    assert adapter().find(order(first_try_at=None)) is None
    assert calls(sandbox) == []


@pytest.mark.parametrize("key", ["Pab12-Q77", "Pab12-Q", "ab12-Q7", "xPab12-Q7", "pab12-q7"])
def test_only_the_very_key_counts(adapter, key):
    adapter().create(order(title=f"慢查询 {key}"))
    adapter().create(order(title=f"{KEY} 慢查询"))
    assert adapter().find(order()) is None


def test_a_deleted_issue_is_not_found(adapter, sandbox):
    made = adapter().create(order())
    sandbox.post(f"/coding/issues/shop/{made.number}", deleted=True)
    assert adapter().find(order()) is None


@pytest.mark.parametrize("kind", ["ban", "status", "lost_before"])
def test_a_search_that_fails_is_made_up_for_by_the_list(adapter, sandbox, kind):
    made = adapter().create(order())
    sandbox.fault("DescribeIssueListWithPage", kind)
    assert adapter(timeout=2).find(order()).number == made.number


@pytest.mark.parametrize("kind", ["ban", "status", "lost_before", "half"])
def test_a_list_that_fails_is_never_a_false_none(adapter, sandbox, kind):
    sandbox.fault("DescribeIssueList(?!With)", kind)
    with pytest.raises(ProviderError):
        adapter(timeout=2).find(order())


def test_a_project_that_is_gone_is_no_proof(adapter):
    with pytest.raises(ProviderError) as caught:
        adapter().find(order(project="nope"))
    assert caught.value.kind is Kind.NOT_FOUND


def found_in(lists: Lists, since: datetime = NOW - timedelta(minutes=5)):
    with lists.server() as server:
        return Adapter(server.url)().find(order(first_try_at=since))


def test_a_search_that_ignores_the_word_is_no_search():
    lists = Lists(count=300, marked={77: KEY}, search="everything")
    assert found_in(lists).number == "77"


def test_pages_are_turned_until_they_are_too_old():
    lists = Lists(count=1000, age_minutes=lambda code: 1000 - code)
    assert found_in(lists) is None
    assert lists.pages == 1, "the hundredth is a hundred minutes old, an hour is the margin"
    lists = Lists(count=1000, marked={850: KEY}, age_minutes=lambda code: (1000 - code) / 10)
    assert found_in(lists).number == "850"


def test_the_list_may_give_fewer_at_once_than_asked_for():
    """A short page is not the end: how many are given at once is not documented."""
    lists = Lists(count=130, marked={2: KEY}, most=20)
    assert found_in(lists).number == "2"
    assert found_in(Lists(count=130, most=20)) is None


def test_the_age_counts_only_where_the_order_is_kept():
    """Oldest first, whatever was asked for: the first page is old, and proves nothing."""
    lists = Lists(
        count=150, marked={150: KEY}, is_newest_first=False, age_minutes=lambda code: 900 - 6 * code
    )
    assert found_in(lists).number == "150"


def test_too_many_new_issues_are_a_retry_and_no_false_none():
    with pytest.raises(ProviderError) as caught:
        found_in(Lists(count=100_000))
    assert (caught.value.kind, caught.value.code) == (Kind.RETRY, "too_many_issues")


def test_of_two_the_first_one_counts():
    assert found_in(Lists(count=50, marked={9: KEY, 20: KEY})).number == "9"


def test_issues_that_move_up_meanwhile_are_not_missed():
    """Somebody deletes between two pages."""
    lists = Lists(count=220, marked={120: KEY}, vanish_after_first=4)
    assert found_in(lists).number == "120"


@pytest.mark.parametrize(
    ("name", "is_ours"),
    [(f"x {KEY}", True), (KEY, True), (f"x {KEY} ", True), (f"x{KEY}", False), ("", False),
     (f"x {KEY}1", False), (f"x {KEY}.", False)],
)  # fmt: skip
def test_the_key_is_the_last_word(name, is_ours):
    assert finding.is_marked(name, KEY) is is_ours
