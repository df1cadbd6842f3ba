"""Another app of a platform is saved while tickets are under way, and the first one again."""

from __future__ import annotations

import pytest

from portal.domain import approvals, tickets
from portal.domain.errors import RuleError
from tests.flows.saving import boss, save, second_app

__all__ = ["boss", "save", "second_app"]


def test_another_app_leaves_the_old_cards_and_says_so(world, sandbox, save, platform, second_app):
    """Pitfall 12: the new app's token is never used to ask for the old app's cards."""
    ticket_id = world.file()
    world.deliver()
    sandbox_card = sandbox.cards()[0]["id"]
    page = save(app_key=second_app, app_secret="second-secret")
    assert "旧应用中有 1 条审批，换回该应用前不再跟踪" in page.flashes[0][1]
    facts = world.facts(ticket_id)
    assert [state for _key, state in facts["cards"]] == ["broken"]
    assert "重新发送" in facts["problems"][0]
    sandbox.control("calls", method="DELETE")
    world.run()
    assert sandbox.calls(sandbox_card) == []


@pytest.fixture
def there_and_back(world, save, platform, second_app):
    """there_and_back(meanwhile): another app is saved, and the first one again; its flash."""

    def go(meanwhile=lambda: None) -> str:
        save(app_key=second_app, app_secret="second-secret")
        world.run()
        meanwhile()
        page = save(app_key=platform.app_key, app_secret=platform.app_secret)
        world.pass_time(20)
        world.run()
        return page.flashes[0][1]

    return go


def states(world, ticket_id: int) -> list[str]:
    return [state for _key, state in world.facts(ticket_id)["cards"]]


def test_what_was_pressed_while_another_app_was_set_counts_once_the_app_is_back(
    world, sandbox, there_and_back, boss
):
    """An AppKey with a typo in it, saved and mended: no card is lost, none is to be sent again."""
    ticket_id = world.file()
    world.deliver()
    (card,) = sandbox.cards()
    flash = there_and_back(lambda: sandbox.press(card["id"], "agree", "ding-lead"))
    assert "该应用中原有的 1 条审批继续跟踪" in flash
    facts = world.facts(ticket_id)
    assert facts["steps"][:2] == ["approved", "open"]
    assert states(world, ticket_id) == ["approved", "pending"]
    assert not any(facts["problems"])
    assert "继续跟踪审批卡片" in boss.get("/settings/records").text


@pytest.mark.parametrize("fault", ["", "lost_before", "lost_after"])
def test_a_card_that_was_not_sent_yet_is_sent_once_the_app_is_back(
    world, sandbox, platform, there_and_back, fault
):
    """Queued, or sent with nobody knowing whether it arrived: exactly one is there in the end."""
    ticket_id = world.file()
    if fault:
        sandbox.fault(fault, platform.start, method="POST")
        world.deliver()
    there_and_back()
    world.pass_time(200)
    world.run()
    assert states(world, ticket_id) == ["pending"]
    (card,) = sandbox.cards()
    assert card["app_key"] == platform.app_key


@pytest.mark.parametrize("is_sent", [True, False])
def test_a_card_whose_step_ended_meanwhile_is_not_asked_about_once_its_app_is_back(
    world, sandbox, there_and_back, is_sent
):
    sandbox.control("rules", {"withdraw_after": 0})
    ticket_id = world.file()
    if is_sent:
        world.deliver()

    def close() -> None:
        with world.ticket(ticket_id) as ticket:
            tickets.close(ticket, world.member("creator"), "不做了")

    assert "继续跟踪" not in there_and_back(close)
    assert states(world, ticket_id) == ["broken"]
    assert [world.outcome(card) for card in sandbox.cards()] == ["withdrawn"] * is_sent


def test_a_card_sent_again_in_another_app_is_replaced_by_the_one_of_the_app_that_is_back(
    world, sandbox, platform, save, second_app, there_and_back, boss
):
    sandbox.control("rules", {"withdraw_after": 0})
    ticket_id = world.file()
    world.deliver()

    def resend() -> None:
        with world.ticket(ticket_id) as ticket:
            approvals.resend(ticket, world.member("creator"), platform.name)
        world.run()

    there_and_back(resend)
    assert states(world, ticket_id) == ["pending", "broken"]
    page = boss.get("/projects/pay/tickets/1")
    replaced = page.one(".earlier .platform-card").text
    assert f"{platform.title}的这条审批已由另一条接替" in replaced
    assert "换回该应用前不跟踪这条审批" in replaced
    assert "等待" in page.one(".timeline-card > .platform-card").text
    assert "重新发送" not in page.text
    with pytest.raises(RuleError, match="仍然有效"):
        resend()
    with world.ticket(ticket_id) as ticket:
        tickets.decide(world.step(ticket, 1), world.member("lead"), False, "不行")
    world.pass_time(20)
    world.run()
    (left,) = world.open_cards()
    assert left["app_key"] == second_app
    save(app_key=second_app, app_secret="second-secret")
    world.pass_time(20)
    world.run()
    assert world.open_cards() == []


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
