"""Where people could not be told over there how a ticket ended, its page says so and why."""

from __future__ import annotations

import pytest

from portal.domain import ledger
from portal.domain.errors import RuleError
from tests.flows import telling
from tests.flows.telling import untold


def test_a_platform_that_is_off_is_not_called(world, platform, ready, creator):
    """Pitfall 24."""
    world.save_platform(enabled=False)
    telling.mark_executed(world, ready)
    world.deliver()
    assert world.sandbox.calls() == []
    assert untold(world, creator) == [
        f"未能在{platform.title}通知创建人和处理人：对接已停用"
    ]


def test_a_comment_waits_while_its_platform_is_off(world, ready, creator):
    telling.mark_executed(world, ready)
    world.save_platform(enabled=False)
    world.deliver()
    assert telling.comment_calls(world) == 0
    assert untold(world, creator)
    world.save_platform()
    world.deliver()
    assert telling.comment_calls(world) == 1
    assert untold(world, creator) == []


def change_app(world) -> None:
    app = {"provider": world.platform.name, "app_key": "another", "app_secret": "s"}
    world.sandbox.control("apps", app)
    world.save_platform(app_key="another", secret="s")
    world.deliver()


def test_another_apps_card_takes_no_comment(world, ready, creator):
    change_app(world)
    telling.mark_executed(world, ready)
    world.deliver()
    assert telling.comment_calls(world) == 0
    (line,) = untold(world, creator)
    assert line.endswith("应用已更换，旧应用的审批不能评论")


def test_a_comment_of_the_app_before_is_dropped(world, ready, creator):
    telling.mark_executed(world, ready)
    change_app(world)
    world.deliver()
    assert telling.comment_of(world, ready)[0] == "void"
    assert telling.comment_calls(world) == 0
    assert "应用已更换" in untold(world, creator)[0]


def test_without_a_card_over_there_the_page_says_so(world, creator):
    ticket_id = world.file()
    telling.close(world, ticket_id)
    world.deliver()
    assert world.sandbox.cards() == []
    (line,) = untold(world, creator)
    assert line.endswith("工单在该平台上没有审批")


def test_a_broken_card_takes_no_comment(world, creator):
    ticket_id = world.file()
    world.deliver()
    world.sandbox.force(telling.last_card(world), auto_pass=True)
    world.run()
    telling.close(world, ticket_id)
    world.deliver()
    assert telling.comment_calls(world) == 0
    (line,) = untold(world, creator)
    assert line.endswith("该平台上的审批需要人工处理，不能评论")


def test_a_ticket_that_goes_on_says_nothing(world, creator):
    world.file()
    assert untold(world, creator) == []
    world.deliver()
    assert untold(world, creator) == []


def test_a_comment_of_another_app_cannot_be_retried(world, ready):
    world.sandbox.control("rules", {"comment_after_end": False})
    telling.mark_executed(world, ready)
    world.deliver()
    change_app(world)
    with world.rules(), pytest.raises(RuleError):
        ledger.retry(telling.comment_row(), world.member("boss"))
