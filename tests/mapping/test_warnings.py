"""Pitfall 16: filing warns, before it is sent, of steps and creators that cannot be reached."""

from __future__ import annotations

import pytest

NEW = "/projects/pay/tickets/new"


@pytest.fixture
def warned(world, sign_in):
    """warned() → the warnings that the creator sees before filing."""

    def look():
        notices = sign_in("creator").get(NEW).select(".notice-warning")
        return [" ".join(one.get_text(" ").split()) for one in notices]

    return look


def leave(world, *usernames):
    people = [{"userid": f"ding-{name}", "active": False} for name in usernames]
    world.sandbox.control("people", {"people": people})


def test_nothing_is_said_while_everybody_can_be_reached(world, warned):
    assert warned() == []
    world.match()
    assert warned() == []


def test_a_step_whom_nobody_over_there_answers_for_is_named(world, platform, warned):
    leave(world, "lead", "owner")
    world.match()
    (warning,) = warned()
    assert warning.startswith(f"第 1 步没有人能在{platform.title}收到审批")
    assert "李组长（" in warning
    assert "王经理（" in warning


def test_one_of_two_is_named_more_mildly(world, platform, warned):
    leave(world, "lead")
    world.match()
    (warning,) = warned()
    assert warning.startswith(f"第 1 步收不到{platform.title}审批的处理人：李组长（")
    assert "王经理" not in warning


def test_a_creator_without_an_account_is_told_and_who_stands_in(world, platform, warned):
    leave(world, "creator")
    world.match()
    (warning,) = warned()
    assert f"不能作为{platform.title}审批的发起人" in warning
    assert "没有设置替补发起人" in warning
    world.save_platform(originator="operator")
    world.match()
    (warning,) = warned()
    assert "将由替补发起人 孙运维 发起" in warning


def test_an_email_is_enough_where_the_platform_finds_by_it(world, platform, warned):
    with world.rules():
        for name in ("creator", "lead", "owner"):
            world.member(name).phone = ""
    warnings = warned()
    assert len(warnings) == (0 if platform.name == "feishu" else 2)


def test_a_new_number_is_not_blamed_for_the_old_one(world, warned):
    leave(world, "creator")
    world.match()
    assert len(warned()) == 1
    with world.rules():
        world.member("creator").phone = "+8613900000099"
    assert warned() == []
