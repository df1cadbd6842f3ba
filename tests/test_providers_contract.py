"""Every adapter keeps the one interface: the same story, whatever platform is behind it."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime

import pytest

from portal.domain.provider import (
    AppCredentials,
    ApprovalProvider,
    ApprovalRequest,
    CardRef,
    CardRow,
    Check,
    Contact,
    Decision,
    Ended,
    Kind,
    Outcome,
    Probe,
    ProviderError,
)
from portal.providers import PROVIDERS, make
from portal.sandbox.seed import DEFAULT_APPS
from tests.far_side import Sandbox

ADAPTERS = ["dingtalk", "feishu"]
ANNA, BERT, CARL = (Contact(phone=f"+861380000000{n}") for n in (1, 2, 3))
NOW = datetime.now(UTC)


@dataclass
class Stage:
    """An adapter and the far side's buttons."""

    make: Callable[[], ApprovalProvider]
    sandbox: Sandbox
    counted: list[str]

    def request(self, **changes) -> ApprovalRequest:
        provider = self.make()
        values = {
            "key": "Pab12-1-R1-S1-I1", "template_code": provider.prepare_template(None),
            "originator": provider.account(ANNA).external_id,
            "approvers": [provider.account(one).external_id for one in (BERT, CARL)],
            "project": "默认项目", "subject": "s", "description": "", "link": "尚未配置",
            "action": "审核", "rows": [CardRow("orders", "96", "66.7%")], "sql": "select 1",
        }  # fmt: skip
        return ApprovalRequest(**(values | changes))


@pytest.fixture(scope="module")
def far_side():
    made = Sandbox()
    yield made
    made.close()


@pytest.fixture
def environment(far_side):
    far_side.post("/reset")
    names = ("DINGTALK_API_URL", "DINGTALK_OAPI_URL", "FEISHU_API_URL")
    return dict.fromkeys(names, far_side.url)


@pytest.fixture(params=ADAPTERS)
def stage(request, context, far_side):
    counted: list[str] = []
    credentials = AppCredentials(*DEFAULT_APPS[request.param])
    return Stage(
        lambda: make(request.param, credentials, 60, counted.append), far_side, counted
    )


def test_no_adapter_is_left_out():
    assert sorted(PROVIDERS) == sorted(ADAPTERS) == sorted(DEFAULT_APPS)


def test_it_has_every_method_with_the_same_parameters(stage):
    provider = stage.make()
    entry = PROVIDERS[provider.name]
    assert (entry.title, entry.finds_by) == (provider.title, provider.finds_by)
    for name, wanted in inspect.getmembers(ApprovalProvider, inspect.isfunction):
        if name.startswith("_"):
            continue
        has = inspect.signature(getattr(provider, name)).parameters
        assert list(has) == list(inspect.signature(wanted).parameters)[1:], name


def test_a_story_from_start_to_approval(stage):
    provider, request = stage.make(), stage.request()
    external_id = provider.start(request)
    assert isinstance(external_id, str)
    assert provider.fetch(external_id).outcome is Outcome.PENDING
    other = provider.start(replace(request, key="Pab12-1-R1-S1-I2"))
    refs = [CardRef(one, request.template_code, NOW, False) for one in (external_id, other)]
    assert list(provider.changed(refs)) == []
    assert provider.decide(external_id, request.approvers[1], True, "可以") is Ended.DONE
    assert list(provider.changed(refs)) == [external_id]
    assert external_id in list(provider.changed([replace(one, is_due=True) for one in refs]))
    found = provider.fetch(external_id)
    assert isinstance(found, Decision)
    assert (found.outcome, found.actor, found.remark) == (
        Outcome.APPROVED, request.approvers[1], "可以",
    )  # fmt: skip
    assert found.raw_state
    assert stage.counted, "calls that cost quota are counted"


def test_a_second_card_under_one_key_is_a_stray_or_cannot_be(stage):
    provider, request = stage.make(), stage.request(first_try_at=NOW)
    first, second = provider.start(request), provider.start(request)
    another = provider.start(replace(request, key="Pab12-1-R1-S1-I2"))
    asked = replace(request, known_ids=frozenset({first}))
    if provider.remembers_keys:
        assert first == second
        assert provider.strays([asked]) == {}
        return
    assert provider.strays([asked]) == {second: request.key}
    both = [asked, replace(asked, key="Pab12-1-R1-S1-I2")]
    assert provider.strays(both) == {second: request.key, another: both[1].key}
    provider.decide(second, request.approvers[0], True, "")
    assert provider.strays([asked]) == {second: request.key}
    stage.sandbox.post("/rules", withdraw_after=0)
    third = provider.start(request)
    provider.withdraw(third, request.originator, "重复")
    assert third not in provider.strays([asked])


def test_a_card_is_found_by_its_key_only(stage):
    provider, request = stage.make(), stage.request(first_try_at=NOW)
    assert provider.find(request) is None
    external_id = provider.start(request)
    assert provider.find(request) == external_id
    assert provider.find(replace(request, key="Pab12-1-R1-S1-I9")) is None
    assert provider.find(replace(request, known_ids=frozenset({external_id}))) is None


def test_the_template_is_prepared_once(stage):
    provider = stage.make()
    code = provider.prepare_template(None)
    for _ in range(3):
        assert provider.prepare_template(code) == code
    mine = [one for one in stage.sandbox.templates() if one["provider"] == provider.name]
    assert [one["process_code"] for one in mine] == [code]


def test_withdrawing_is_done_once_and_again(stage):
    stage.sandbox.post("/rules", withdraw_after=0)
    provider, request = stage.make(), stage.request()
    external_id = provider.start(request)
    provider.comment(external_id, request.originator, "提醒")
    assert provider.withdraw(external_id, request.originator, "工单已关闭") is Ended.DONE
    assert provider.fetch(external_id).outcome is Outcome.WITHDRAWN
    assert provider.withdraw(external_id, request.originator, "工单已关闭") is Ended.BEFORE
    assert provider.decide(external_id, request.approvers[0], True, "") is Ended.BEFORE


def test_a_comment_is_found_again_by_its_whole_text(stage):
    provider, request = stage.make(), stage.request()
    external_id = provider.start(request)
    text = '工单 #12 上线失败（11-26 14:03）：\n第 3 条语句 "a\\b" {"text": 1}'
    assert not provider.commented(external_id, text)
    provider.comment(external_id, request.originator, text)
    assert provider.commented(external_id, text)
    assert not provider.commented(external_id, text[:-1])
    stage.sandbox.press(external_id, "refuse", userid="wangwu", remark="别的")
    provider.comment(external_id, request.originator, "已结束")
    assert provider.commented(external_id, "已结束")
    assert not provider.commented("never-was", text)
    with pytest.raises(ProviderError) as caught:
        provider.comment("never-was", request.originator, text)
    assert caught.value.kind is Kind.NOT_FOUND


def test_a_card_that_was_decided_over_there_is_left_as_it_is(stage):
    """Race C3: the other side was faster; neither a decision nor a withdrawal changes it."""
    stage.sandbox.post("/rules", withdraw_after=0)
    provider, request = stage.make(), stage.request()
    external_id = provider.start(request)
    stage.sandbox.press(external_id, "refuse", userid="wangwu", remark="缺索引")
    assert provider.decide(external_id, request.approvers[0], True, "") is Ended.BEFORE
    assert provider.withdraw(external_id, request.originator, "x") is Ended.BEFORE
    found = provider.fetch(external_id)
    assert (found.outcome, found.actor, found.remark) == (
        Outcome.REJECTED, request.approvers[1], "缺索引",
    )  # fmt: skip


def test_who_has_no_task_decides_nothing(stage):
    provider, request = stage.make(), stage.request()
    external_id = provider.start(request)
    assert provider.decide(external_id, request.originator, True, "") is Ended.NO_TASK
    assert provider.fetch(external_id).outcome is Outcome.PENDING


def test_each_way_to_find_a_person_leads_to_the_same_one(stage):
    provider = stage.make()
    known = {"phone": "+8613800000002", "email": "lisi@example.com"}
    found = {
        name: provider.account(Contact(**{name: known[name]})) for name in provider.finds_by
    }
    assert {one.external_id for one in found.values()} == {
        provider.account(BERT).external_id
    }
    for name, account in found.items():
        assert account.found_by == known[name]


def test_an_unknown_person_is_not_found(stage):
    for contact in (Contact(), Contact(phone="+8613999999999")):
        with pytest.raises(ProviderError) as caught:
            stage.make().account(contact)
        assert caught.value.kind is Kind.NOT_FOUND


def test_errors_are_explained(stage):
    provider = stage.make()
    for kind in Kind:
        for code in ("timeout", "a.code.of.tomorrow"):
            sentence, cure = provider.explain(ProviderError(provider.name, code, "原文", kind))
            assert isinstance(sentence, str)
            assert sentence
            assert cure


def test_the_check_answers_line_by_line(stage):
    found = stage.make().check(Probe(contact=BERT))
    assert [line.name for line in found[:2]] == ["address", "credentials"]
    assert all(isinstance(line, Check) and line.title and line.detail for line in found)
    assert len({line.name for line in found}) == len(found)
    assert stage.sandbox.cards() == []
