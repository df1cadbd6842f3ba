"""What saving DingTalk's card on the page does to tickets under way."""

from __future__ import annotations

import pytest

from portal.sandbox.seed import DEFAULT_APP_KEY, DEFAULT_APP_SECRET

PATH = "/settings/integrations"
SAVE = "/settings/integrations/dingtalk"


@pytest.fixture
def boss(world, sign_in):
    return sign_in("boss")


def save(boss, **values):
    return boss.get(PATH).form(action=SAVE).fill(**values).send(button="提交")


def test_disabled_means_no_call_and_enabling_opens_the_waiting_cards(world, sandbox, boss):
    """Pitfall 24."""
    save(boss, enabled=False)
    ticket_id = world.file()
    world.run()
    assert sandbox.calls() == []
    assert world.facts(ticket_id)["cards"] == []
    page = save(boss, enabled=True)
    assert page.flashes == [
        ("success", "已保存，钉钉审批已启用。正在为 1 个等待中的步骤发起审批。")
    ]
    world.deliver()
    assert len(sandbox.cards()) == 1


def test_a_queued_delivery_waits_while_the_provider_is_off(world, sandbox, boss):
    ticket_id = world.file()
    save(boss, enabled=False)
    world.run()
    assert sandbox.calls() == []
    assert world.facts(ticket_id)["deliveries"] == [("start", "queued", "")]
    assert save(boss, enabled=True).flashes == [("success", "已保存，钉钉审批已启用。")]
    world.deliver()
    assert len(sandbox.cards()) == 1


def test_another_app_leaves_the_old_cards_and_says_so(world, sandbox, boss):
    """Pitfall 12: the new app's token is never used to ask for the old app's cards."""
    ticket_id = world.file()
    world.deliver()
    sandbox.control("apps", {"app_key": "dingsecondapp", "app_secret": "second-secret"})
    page = save(boss, app_key="dingsecondapp", app_secret="second-secret")
    assert "旧应用中有 1 条审批不再跟踪" in page.flashes[0][1]
    facts = world.facts(ticket_id)
    assert [state for _key, state in facts["cards"]] == ["broken"]
    assert "重新发送" in facts["problems"][0]
    sandbox.control("calls", method="DELETE")
    world.run()
    assert sandbox.calls("processInstances") == []
    save(boss, app_key=DEFAULT_APP_KEY, app_secret=DEFAULT_APP_SECRET)
    assert [state for _key, state in world.facts(ticket_id)["cards"]] == ["broken"]


def test_a_corrected_secret_lets_the_card_go_out(world, sandbox, boss):
    """A pause for wrong credentials lasts until somebody saves the settings."""
    sandbox.control("apps", {"app_secret": "changed-over-there", "revoke_tokens": True})
    ticket_id = world.file()
    world.deliver()
    assert sandbox.cards() == []
    assert "AppKey 或 AppSecret 不正确" in boss.get(PATH).text
    assert "AppKey 或 AppSecret 不正确" not in save(boss, app_secret="changed-over-there").text
    assert world.facts(ticket_id)["deliveries"][0][1] == "failed"
    boss.get("/settings/deliveries").form(action="/settings/deliveries/1/retry").send()
    world.deliver()
    assert len(sandbox.cards()) == 1
