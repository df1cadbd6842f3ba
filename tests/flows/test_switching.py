"""What switching a platform's card off and on, or mending its secret, does to tickets under way."""

from __future__ import annotations

from tests.flows.saving import PATH, boss, save

__all__ = ["boss", "save"]


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
