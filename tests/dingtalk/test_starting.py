"""The adapter against the stand-in: a card is started once, and found again."""

from dataclasses import replace
from datetime import UTC, datetime

from portal.kit.errors import Kind
from tests.dingtalk.conftest import KEY, card_request, started
from tests.far_side import refused

START = "/v1.0/workflow/processInstances"
NOW = datetime.now(UTC)


def test_a_card_shows_what_the_approver_needs(sandbox, opened):
    _provider, external_id, _request = opened
    (shown,) = sandbox.cards()
    values = shown["form"]
    assert shown["id"] == external_id
    assert values["审批编号"] == KEY
    assert values["SQL语句"].startswith("alter table")
    assert values["工单链接"].startswith("https://portal.example.com/")


def test_several_approvers_are_asked_and_one_is_enough(sandbox, adapter):
    provider = adapter()
    external_id, _ = started(provider, approvers=["lisi", "wangwu", "lisi"])
    assert [task["user"] for task in sandbox.cards()[0]["tasks"]] == ["lisi", "wangwu"]
    sandbox.press(external_id, "agree", userid="wangwu")
    assert provider.fetch(external_id).actor == "wangwu"


def test_an_empty_approver_is_never_sent(sandbox, adapter):
    """Pitfall 17: "" in the list refuses the whole card."""
    provider = adapter()
    external_id, _ = started(provider, approvers=["", "lisi"])
    assert external_id
    error = refused(provider.start, card_request(approvers=["", ""]))
    assert (error.code, error.kind) == ("no_approver", Kind.REFUSED)
    assert refused(provider.start, card_request(originator="")).code == "no_approver"
    assert len(sandbox.cards()) == 1


def test_a_deleted_template_refuses_the_start(sandbox, adapter):
    provider = adapter()
    code = provider.prepare_template(None)
    sandbox.post(f"/templates/{code}", deleted=True)
    error = refused(provider.start, card_request(template_code=code))
    assert error.kind in {Kind.REFUSED, Kind.UNKNOWN_OUTCOME}
    assert provider.explain(error)[1]
    assert sandbox.cards() == []


def test_a_lost_answer_is_in_doubt_and_the_card_is_found(sandbox, adapter):
    """Pitfall 15, rows N4 and N6."""
    provider = adapter()
    request = card_request(template_code=provider.prepare_template(None))
    sandbox.fault(START + "$", "lost_after", method="POST")
    error = refused(provider.start, request)
    assert error.kind is Kind.UNKNOWN_OUTCOME
    again = replace(request, first_try_at=datetime.now(UTC))
    assert provider.find(again) == sandbox.cards()[0]["id"]
    naive = replace(request, first_try_at=datetime.now(UTC).replace(tzinfo=None))
    assert provider.find(naive) == sandbox.cards()[0]["id"]


def test_a_request_that_never_arrived_is_not_found(sandbox, adapter):
    """Row N3."""
    provider = adapter()
    request = card_request(template_code=provider.prepare_template(None))
    sandbox.fault(START + "$", "lost_before", method="POST")
    assert refused(provider.start, request).kind is Kind.UNKNOWN_OUTCOME
    assert provider.find(replace(request, first_try_at=datetime.now(UTC))) is None


def test_find_takes_only_the_very_key_on_any_page(sandbox, adapter):
    provider = adapter()
    code = provider.prepare_template(None)
    sandbox.post("/rules", qps=None)
    ids = {}
    for number in range(23):
        key = f"Pab12-7-R1-S1-I{number}"
        ids[key] = provider.start(card_request(template_code=code, key=key))
    for key in ("Pab12-7-R1-S1-I0", "Pab12-7-R1-S1-I1", "Pab12-7-R1-S1-I22"):
        request = card_request(template_code=code, key=key, first_try_at=NOW)
        assert provider.find(request) == ids[key]
    absent = card_request(template_code=code, key="Pab12-7-R1-S1", first_try_at=NOW)
    assert provider.find(absent) is None
    sandbox.press(ids["Pab12-7-R1-S1-I22"], "withdraw", userid="zhangsan")
    ended = card_request(template_code=code, key="Pab12-7-R1-S1-I22", first_try_at=NOW)
    assert provider.find(ended) == ids["Pab12-7-R1-S1-I22"], "an ended card is a card"


def test_find_passes_over_cards_that_are_ours_already(adapter, opened):
    provider, external_id, request = opened
    looked = replace(request, first_try_at=NOW)
    before = len(adapter.counted)
    assert provider.find(replace(looked, known_ids=frozenset({external_id}))) is None
    assert adapter.counted[before:] == ["list_ids"]


def test_what_one_look_has_read_no_later_one_reads(sandbox, adapter):
    """Each look meets all cards in doubt: read anew, a hundred of them would never be found."""
    provider = adapter()
    code = provider.prepare_template(None)
    sandbox.post("/rules", qps=None)
    keys = [f"Pab12-{number}-R1-S1-I1" for number in range(6)]
    ids = [provider.start(card_request(template_code=code, key=key)) for key in keys]

    def look(key: str) -> tuple[str | None, list[str]]:
        """What a look of its own piece of work finds, and its calls."""
        before = len(adapter.counted)
        request = card_request(template_code=code, key=key, first_try_at=NOW)
        return adapter().find(request), adapter.counted[before:]

    assert look("Pab12-99-R1-S1-I1") == (None, ["list_ids", *["detail"] * 6])
    assert look("Pab12-99-R1-S1-I1") == (None, ["list_ids"])
    for key, id in zip(keys, ids, strict=True):
        assert look(key) == (id, ["list_ids", "detail"])
    sandbox.press(ids[0], "state", deleted=True)
    assert look(keys[0])[0] is None, "what is known is looked at once more before it is taken"


def test_without_a_first_try_there_is_nothing_to_find(adapter, opened):
    provider, _external_id, request = opened
    before = len(adapter.counted)
    assert provider.find(request) is None
    assert len(adapter.counted) == before


def test_a_look_that_fails_is_not_a_no(sandbox, opened):
    provider, _external_id, request = opened
    sandbox.fault("instanceIds/query", "status", status=500)
    error = refused(provider.find, replace(request, first_try_at=NOW))
    assert error.kind is Kind.UNKNOWN_OUTCOME
