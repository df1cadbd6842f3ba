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
    Kind,
    Outcome,
    Probe,
    ProviderError,
)
from portal.providers import PROVIDERS, make
from portal.sandbox.seed import DEFAULT_APP_KEY, DEFAULT_APP_SECRET
from tests.dingtalk.conftest import Sandbox

ADAPTERS = ["dingtalk"]
ANNA, BERT, CARL = (Contact(phone=f"+861380000000{n}") for n in (1, 2, 3))


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
            "originator": provider.user_id(ANNA),
            "approvers": [provider.user_id(BERT), provider.user_id(CARL)],
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
    return {"DINGTALK_API_URL": far_side.url, "DINGTALK_OAPI_URL": far_side.url}


@pytest.fixture(params=ADAPTERS)
def stage(request, context, far_side):
    counted: list[str] = []
    credentials = AppCredentials(DEFAULT_APP_KEY, DEFAULT_APP_SECRET)
    return Stage(
        lambda: make(request.param, credentials, 60, counted.append), far_side, counted
    )


def test_no_adapter_is_left_out():
    assert sorted(PROVIDERS) == sorted(ADAPTERS)


def test_it_has_every_method_with_the_same_parameters(stage):
    provider = stage.make()
    assert provider.name in PROVIDERS
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
    ref = CardRef(external_id, request.template_code, datetime.now(UTC))
    other = replace(request, key="Pab12-1-R1-S1-I2")
    second = CardRef(provider.start(other), request.template_code, datetime.now(UTC))
    assert list(provider.changed([ref, second])) == []
    assert provider.decide(external_id, request.approvers[1], True, "可以") is True
    assert list(provider.changed([ref, second])) == [external_id]
    found = provider.fetch(external_id)
    assert isinstance(found, Decision)
    assert (found.outcome, found.actor, found.remark) == (
        Outcome.APPROVED, request.approvers[1], "可以",
    )  # fmt: skip
    assert found.raw_state
    assert stage.counted, "calls that cost quota are counted"


def test_a_card_is_found_by_its_key_only(stage):
    provider, request = stage.make(), stage.request(first_try_at=datetime.now(UTC))
    assert provider.find(request) is None
    external_id = provider.start(request)
    assert provider.find(request) == external_id
    assert provider.find(replace(request, key="Pab12-1-R1-S1-I9")) is None
    assert provider.find(replace(request, known_ids=frozenset({external_id}))) is None


def test_the_template_is_prepared_once(stage):
    provider = stage.make()
    code = provider.prepare_template(None)
    assert provider.prepare_template(code) == code
    assert provider.prepare_template(None) == code


def test_withdrawing_is_done_once_and_again(stage):
    stage.sandbox.post("/rules", withdraw_after=0)
    provider, request = stage.make(), stage.request()
    external_id = provider.start(request)
    provider.comment(external_id, request.originator, "提醒")
    provider.withdraw(external_id, request.originator, "工单已关闭")
    assert provider.fetch(external_id).outcome is Outcome.WITHDRAWN
    assert provider.withdraw(external_id, request.originator, "工单已关闭") is None
    assert provider.decide(external_id, request.approvers[0], True, "") is True


def test_who_has_no_task_decides_nothing(stage):
    provider, request = stage.make(), stage.request()
    external_id = provider.start(request)
    assert provider.decide(external_id, request.originator, True, "") is False


def test_an_unknown_person_is_not_found(stage):
    for contact in (Contact(), Contact(phone="+8613999999999")):
        with pytest.raises(ProviderError) as caught:
            stage.make().user_id(contact)
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
