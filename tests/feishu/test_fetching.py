"""The adapter against the stand-in: which cards to ask for, and what became of them."""

from datetime import UTC, datetime

from portal.domain.provider import CardRef, Outcome
from tests.far_side import refused
from tests.feishu.conftest import LISI, SUNQI, card_request

NOW = datetime.now(UTC)


# Fetching


def test_the_story_of_a_card(sandbox, opened):
    provider, external_id, _request = opened
    assert provider.fetch(external_id).outcome is Outcome.PENDING
    sandbox.press(external_id, "comment", userid="sunqi", remark="看一下")
    sandbox.press(external_id, "agree", userid="lisi", remark="可以")
    found = provider.fetch(external_id)
    assert (found.outcome, found.actor, found.remark) == (Outcome.APPROVED, LISI, "可以")
    assert found.raw_state == "APPROVED/PASS"


def test_a_refusal_brings_its_reason(sandbox, opened):
    provider, external_id, _request = opened
    sandbox.press(external_id, "refuse", userid="lisi", remark="缺索引")
    found = provider.fetch(external_id)
    assert (found.outcome, found.actor, found.remark) == (Outcome.REJECTED, LISI, "缺索引")


def test_a_withdrawn_and_a_deleted_card_are_withdrawn(sandbox, opened):
    """Pitfall 4, trap 10."""
    provider, external_id, _request = opened
    sandbox.press(external_id, "withdraw", userid="zhangsan")
    assert provider.fetch(external_id).outcome is Outcome.WITHDRAWN
    sandbox.press(external_id, "state", deleted=True)
    found = provider.fetch(external_id)
    assert (found.outcome, found.actor) == (Outcome.WITHDRAWN, None)
    assert provider.fetch("never-was").outcome is Outcome.WITHDRAWN


def test_an_approved_card_that_was_reverted_is_withdrawn(sandbox, opened):
    """Trap 13, race C10."""
    provider, external_id, _request = opened
    sandbox.press(external_id, "agree", userid="lisi")
    sandbox.press(external_id, "state", reverted=True)
    found = provider.fetch(external_id)
    assert (found.outcome, found.actor) == (Outcome.WITHDRAWN, None)
    assert found.raw_state == "APPROVED/PASS/reverted"


def test_an_unknown_state_is_kept_verbatim(sandbox, opened):
    provider, external_id, _request = opened
    sandbox.press(external_id, "state", status="FROZEN")
    found = provider.fetch(external_id)
    assert (found.outcome, found.raw_state) == (Outcome.UNKNOWN, "FROZEN")


def test_a_transferred_card_names_who_decided(sandbox, opened):
    """Pitfall 7, trap 8: the transferor is not the approver."""
    provider, external_id, _request = opened
    sandbox.press(external_id, "redirect", userid="lisi", to="sunqi")
    assert provider.fetch(external_id).outcome is Outcome.PENDING
    sandbox.press(external_id, "agree", userid="sunqi")
    assert provider.fetch(external_id).actor == SUNQI


def test_a_card_that_passed_by_itself_says_so(sandbox, opened):
    """Trap 6."""
    provider, external_id, _request = opened
    sandbox.press(external_id, "state", auto_pass=True)
    found = provider.fetch(external_id)
    assert (found.outcome, found.actor, found.automatic) == (Outcome.APPROVED, None, True)


# Which cards to fetch


def test_due_cards_are_all_worth_a_fetch_and_cost_nothing(adapter, opened):
    provider, external_id, request = opened
    before = len(adapter.counted)
    assert list(provider.changed([CardRef(external_id, request.template_code, NOW)])) == [
        external_id
    ]
    assert list(provider.changed([])) == []
    assert len(adapter.counted) == before


def test_one_search_brings_the_decided_ones_forward(sandbox, adapter):
    """Trap 22 and §5.5: what moved since, newest first; a hint only."""
    provider = adapter()
    code = provider.prepare_template(None)
    sandbox.post("/rules", feishu_per_minute=None, feishu_t4_per_second=None)
    ids = [provider.start(card_request(template_code=code, key=f"K{n}")) for n in range(12)]
    sandbox.press(ids[3], "agree", userid="lisi")
    sandbox.press(ids[7], "refuse", userid="lisi")
    sandbox.press(ids[9], "redirect", userid="lisi", to="sunqi")
    before = len(adapter.counted)
    cards = [CardRef(ids[0], code, NOW)] + [CardRef(one, code, NOW, False) for one in ids[1:]]
    found = list(provider.changed(cards))
    assert found[0] == ids[0]
    assert sorted(found[1:]) == sorted([ids[3], ids[7]])
    assert adapter.counted[before:] == ["search"]


def test_each_definition_is_searched_once(sandbox, adapter):
    provider = adapter()
    codes = [provider.prepare_template(None) for _ in range(2)]
    ids = [provider.start(card_request(template_code=code, key=code)) for code in codes]
    sandbox.press(ids[1], "agree", userid="lisi")
    before = len(adapter.counted)
    cards = [CardRef(*pair, NOW, False) for pair in zip(ids, codes, strict=True)]
    assert list(provider.changed([*cards, CardRef("x", "", NOW, False)])) == [ids[1]]
    assert adapter.counted[before:] == ["search"] * 2


def test_a_search_without_its_permission_costs_the_hint_only(sandbox, opened, caplog):
    provider, external_id, request = opened
    sandbox.press(external_id, "agree", userid="lisi")
    sandbox.post("/scopes", provider="feishu", revoke=["approval:approval:readonly"])
    due = CardRef("due", request.template_code, NOW)
    other = CardRef(external_id, request.template_code, NOW, False)
    assert list(provider.changed([due, other])) == ["due"]
    assert "search" in caplog.text


def test_a_throttled_search_raises_since_the_app_must_wait(sandbox, opened):
    provider, external_id, request = opened
    sandbox.fault("tasks/search", "qps")
    refs = [CardRef(external_id, request.template_code, NOW, False)]
    assert refused(lambda: list(provider.changed(refs))).throttled


def test_a_search_that_is_not_answered_costs_the_hint_only(sandbox, opened):
    provider, external_id, request = opened
    sandbox.fault("tasks/search", "lost_before")
    refs = [
        CardRef(external_id, request.template_code, NOW, True),
        CardRef("another", request.template_code, NOW, False),
    ]
    assert list(provider.changed(refs)) == [external_id]


def test_a_search_ends_after_a_few_pages_and_at_what_is_old(sandbox, adapter, opened):
    provider, external_id, request = opened
    now = int(NOW.timestamp() * 1000)

    def page(update_time, has_more=True):
        one = {"instance": {"code": external_id, "status": "approved"},
               "task": {"status": "approved", "update_time": str(update_time)}}  # fmt: skip
        return {"code": 0, "data": {"task_list": [one], "has_more": has_more, "page_token": "t"}}

    refs = [CardRef(external_id, request.template_code, NOW, False)]
    sandbox.fault("tasks/search", "status", status=200, body=page(now), times=None)
    before = len(adapter.counted)
    assert list(provider.changed(refs)) == [external_id]
    assert adapter.counted[before:] == ["search"] * 3
    sandbox.post("/reset")
    sandbox.fault("tasks/search", "status", status=200, body=page(now - 3 * 3600_000), times=None)
    before = len(adapter.counted)
    assert list(provider.changed(refs)) == [external_id]
    assert adapter.counted[before:].count("search") == 1
