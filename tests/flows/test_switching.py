"""What saving a platform's card on the page does to tickets under way."""

from __future__ import annotations

import pytest

from portal.domain import approvals, tickets

PATH = "/settings/integrations"
KEY_FIELDS = {"dingtalk": "app_key", "feishu": "app_id"}


@pytest.fixture
def boss(world, sign_in):
    return sign_in("boss")


@pytest.fixture
def save(boss, platform):
    """save(enabled=…, app_key=…, app_secret=…): what the boss does on the card."""

    def send(**values):
        if "app_key" in values:
            values[KEY_FIELDS[platform.name]] = values.pop("app_key")
        form = boss.get(PATH).form(action=f"{PATH}/{platform.name}")
        return form.fill(**values).send(button="提交")

    return send


@pytest.fixture
def second_app(sandbox, platform):
    """Another app of the same platform: its key."""
    key = f"{platform.app_key[:4]}second"
    app = {"provider": platform.name, "app_key": key, "app_secret": "second-secret"}
    sandbox.control("apps", app)
    return key


def test_disabled_means_no_call_and_enabling_opens_the_waiting_cards(
    world, sandbox, save, platform
):
    """Pitfall 24."""
    save(enabled=False)
    ticket_id = world.file()
    world.run()
    assert sandbox.calls() == []
    assert world.facts(ticket_id)["cards"] == []
    page = save(enabled=True)
    assert page.flashes == [
        ("success", f"已保存，{platform.title}审批已启用。正在为 1 个等待中的步骤发起审批。")
    ]
    world.deliver()
    assert len(sandbox.cards()) == 1


def test_a_queued_delivery_waits_while_the_provider_is_off(world, sandbox, save, platform):
    ticket_id = world.file()
    save(enabled=False)
    world.run()
    assert sandbox.calls() == []
    assert world.facts(ticket_id)["deliveries"] == [("start", "queued", "")]
    assert save(enabled=True).flashes == [("success", f"已保存，{platform.title}审批已启用。")]
    world.deliver()
    assert len(sandbox.cards()) == 1


def test_another_app_leaves_the_old_cards_and_says_so(
    world, sandbox, save, platform, second_app
):
    """Pitfall 12: the new app's token is never used to ask for the old app's cards."""
    ticket_id = world.file()
    world.deliver()
    sandbox_card = sandbox.cards()[0]["id"]
    page = save(app_key=second_app, app_secret="second-secret")
    assert "旧应用中有 1 条审批不再跟踪" in page.flashes[0][1]
    facts = world.facts(ticket_id)
    assert [state for _key, state in facts["cards"]] == ["broken"]
    assert "重新发送" in facts["problems"][0]
    sandbox.control("calls", method="DELETE")
    world.run()
    assert sandbox.calls(sandbox_card) == []
    save(app_key=platform.app_key, app_secret=platform.app_secret)
    assert [state for _key, state in world.facts(ticket_id)["cards"]] == ["broken"]


def test_a_corrected_secret_lets_the_card_go_out(world, sandbox, boss, save, platform):
    """A pause for wrong credentials lasts until somebody saves the settings."""
    changed = {"app_key": platform.app_key, "app_secret": "changed-over-there"}
    sandbox.control("apps", changed | {"revoke_tokens": True})
    ticket_id = world.file()
    world.deliver()
    assert sandbox.cards() == []
    assert "不正确，已暂停调用" in boss.get(PATH).text
    assert "不正确，已暂停调用" not in save(app_secret="changed-over-there").text
    assert world.facts(ticket_id)["deliveries"][0][1] == "failed"
    page = boss.get("/settings/deliveries")
    page.form(action="/settings/deliveries/2/retry").send()
    world.deliver()
    assert len(sandbox.cards()) == 1


@pytest.mark.parametrize("what", ["sent again", "closed"])
def test_a_card_left_behind_is_withdrawn_once_its_app_is_back(
    world, sandbox, save, platform, second_app, what
):
    """It was broken while another app was saved; over there somebody could still press it."""
    sandbox.control("rules", {"withdraw_after": 0})
    ticket_id = world.file()
    world.deliver()
    (left_behind,) = sandbox.cards()
    save(app_key=second_app, app_secret="second-secret")
    save(app_key=platform.app_key, app_secret=platform.app_secret)
    with world.ticket(ticket_id) as ticket:
        if what == "closed":
            tickets.close(ticket, world.member("creator"), "不做了")
        else:
            approvals.resend(ticket, world.member("creator"), platform.name)
    world.pass_time(20)
    world.run()
    assert world.outcome(left_behind) == "withdrawn"
    assert len(world.open_cards()) == (what == "sent again")


@pytest.mark.parametrize("how", ["decided", "closed"])
def test_a_card_that_was_to_be_ended_says_so_and_is_ended_once_its_app_is_back(
    world, sandbox, save, platform, second_app, how, boss
):
    """Over there it waits on, and nobody would hear of what is pressed."""
    sandbox.control("rules", {"withdraw_after": 0})
    ticket_id = world.file()
    world.deliver()
    (card,) = sandbox.cards()
    with world.ticket(ticket_id) as ticket:
        if how == "closed":
            tickets.close(ticket, world.member("creator"), "不做了")
        else:
            tickets.decide(world.step(ticket, 1), world.member("lead"), False, "不行")
    page = save(app_key=second_app, app_secret="second-secret")
    assert "旧应用中有 1 条审批没有来得及结束" in page.flashes[0][1]
    world.run()
    assert world.outcome(card) == "open"
    assert "这条审批没有结束" in world.facts(ticket_id)["problems"][0]
    card_shown = boss.get("/projects/pay/tickets/1").one(".platform-card")
    assert f"但{platform.title}中的审批没能结束" in card_shown.text
    save(app_key=platform.app_key, app_secret=platform.app_secret)
    world.pass_time(20)
    world.run()
    assert world.outcome(card) == {"closed": "withdrawn", "decided": "rejected"}[how]
    assert not any(world.facts(ticket_id)["problems"])
    assert world.open_cards() == []


def test_nothing_is_queued_for_an_app_that_is_not_set(world, sandbox, save, second_app):
    """A start in doubt whose app was changed: nobody would ever look for its card."""
    sandbox.fault("lost_after", "instances$|processInstances$")
    ticket_id = world.file()
    world.deliver()
    save(app_key=second_app, app_secret="second-secret")
    with world.ticket(ticket_id) as ticket:
        tickets.close(ticket, world.member("creator"), "不做了")
    world.run()
    assert [state for _action, state, _code in world.facts(ticket_id)["deliveries"]] == ["void"]
