"""The adapter against the stand-in: which cards to ask for, and what became of them."""

from datetime import UTC, datetime, timedelta

from portal.domain.provider import CardRef, Outcome
from tests.dingtalk.conftest import card_request

NOW = datetime.now(UTC)


# Fetching


def test_the_story_of_a_card(sandbox, opened):
    provider, external_id, _request = opened
    assert provider.fetch(external_id).outcome is Outcome.PENDING
    sandbox.press(external_id, "comment", userid="sunqi", remark="看一下")
    sandbox.press(external_id, "agree", userid="lisi", remark="可以")
    found = provider.fetch(external_id)
    assert (found.outcome, found.actor, found.remark) == (Outcome.APPROVED, "lisi", "可以")


def test_a_refusal_brings_its_reason(sandbox, opened):
    provider, external_id, _request = opened
    sandbox.press(external_id, "refuse", userid="lisi", remark="缺索引")
    found = provider.fetch(external_id)
    assert (found.outcome, found.actor, found.remark) == (Outcome.REJECTED, "lisi", "缺索引")


def test_a_withdrawn_and_a_deleted_card_are_withdrawn(sandbox, opened):
    """Pitfall 4."""
    provider, external_id, _request = opened
    sandbox.press(external_id, "withdraw", userid="zhangsan")
    assert provider.fetch(external_id).outcome is Outcome.WITHDRAWN
    sandbox.press(external_id, "state", deleted=True)
    found = provider.fetch(external_id)
    assert (found.outcome, found.actor) == (Outcome.WITHDRAWN, None)
    assert found.raw_state


def test_an_unknown_state_is_kept_verbatim(sandbox, opened):
    provider, external_id, _request = opened
    sandbox.press(external_id, "state", status="FROZEN", result="maybe")
    found = provider.fetch(external_id)
    assert (found.outcome, found.raw_state) == (Outcome.UNKNOWN, "FROZEN/maybe")


def test_a_transferred_card_names_who_decided(sandbox, opened):
    """Pitfall 7, trap 13: the transferor is not the approver."""
    provider, external_id, _request = opened
    sandbox.press(external_id, "redirect", userid="lisi", to="sunqi")
    assert provider.fetch(external_id).outcome is Outcome.PENDING
    sandbox.press(external_id, "agree", userid="sunqi")
    assert provider.fetch(external_id).actor == "sunqi"


# Which cards to fetch


def test_one_list_call_answers_for_many_cards(sandbox, adapter):
    """Pitfall 23: two calls per pending card and minute use up the month in a day."""
    provider = adapter()
    code = provider.prepare_template(None)
    sandbox.post("/rules", qps=None)
    ids = [provider.start(card_request(template_code=code, key=f"K{n}")) for n in range(25)]
    sandbox.press(ids[3], "agree", userid="lisi")
    sandbox.press(ids[7], "withdraw", userid="zhangsan")
    before = len(adapter.counted)
    cards = [CardRef(one, code, NOW) for one in ids]
    assert sorted(provider.changed(cards)) == sorted([ids[3], ids[7]])
    assert adapter.counted[before:] == ["list_ids", "list_ids"]


def test_a_card_older_than_a_list_may_reach_is_fetched(opened):
    provider, external_id, request = opened
    old = CardRef("ancient", request.template_code, NOW - timedelta(days=119))
    recent = [CardRef(external_id, request.template_code, NOW)] * 2
    assert list(provider.changed([old, *recent])) == ["ancient"]


def test_a_single_card_costs_no_list(adapter, opened):
    provider, external_id, request = opened
    before = len(adapter.counted)
    assert list(provider.changed([CardRef(external_id, request.template_code, NOW)])) == [
        external_id
    ]
    assert len(adapter.counted) == before
    assert list(provider.changed([])) == []
