"""系统状态: green when all is well; what is not says since when, why and what to do."""

from __future__ import annotations

from datetime import timedelta

import pytest

from portal.extensions import db
from portal.models import (
    ApiUsage,
    AppHealth,
    Approval,
    Delivery,
    DeliveryState,
    ExecutionRun,
    Heartbeat,
    ProviderSetting,
    RunState,
    Ticket,
    TicketStep,
)

PATH = "/settings/status"


@pytest.fixture
def boss(world, sign_in):
    world.sweep()
    return sign_in("boss")


def results(page) -> dict[str, str]:
    return {tag["data-status"]: tag["data-result"] for tag in page.select("[data-status]")}


def unwell(page) -> dict[str, str]:
    """Line → what it says, of those that are not well."""
    assert results(page)["all"] != "ok"
    return {
        tag["data-status"]: tag.get_text(" ", strip=True)
        for tag in page.select("[data-status]:not([data-result=ok])")
        if tag["data-status"] != "all"
    }


def pause(app, reason: str, until: timedelta, change) -> None:
    with app.app_context():
        for setting in db.session.scalars(db.select(ProviderSetting)).all():
            db.session.add(AppHealth(provider=setting.provider, app_key=setting.app_key))
        db.session.commit()
    change(AppHealth, reason=reason, paused_until=until, message="90020 次数超限")


def test_a_portal_that_works_has_one_green_line(world, boss, platform):
    world.file()
    world.deliver()
    page = boss.get(PATH)
    assert page.h1 == "系统状态"
    assert set(results(page).values()) == {"ok"}
    assert "一切正常" in page.text
    assert {
        "deliver", "sweep", "queue", "failed", platform.name, f"{platform.name}-calls",
        f"{platform.name}-sweep", "runs", "database", "schema",
    } <= set(results(page))  # fmt: skip


def test_the_first_look_at_a_fresh_portal_says_that_no_clock_ticks(admin):
    said = unwell(admin.get(PATH))
    assert set(said) == {"deliver", "sweep"}
    assert "从来没有" in said["deliver"]
    assert "flask --app wsgi jobs" in said["deliver"]


def test_a_clock_that_stands_still_says_since_when_and_on_which_host(world, boss, change):
    change(Heartbeat, at=timedelta(minutes=-7), host="node-3")
    said = unwell(boss.get(PATH))
    assert "7 分钟前，主机 node-3" in said["deliver"]
    assert results(boss.get(PATH))["all"] == "fail"


def test_what_waits_too_long_is_a_warning_with_a_link(world, boss, change):
    world.file()
    page = boss.get(PATH)
    assert results(page)["queue"] == "ok"
    assert "1 条" in page.one("#status-queue").get_text()
    change(Delivery, due_at=timedelta(minutes=-9), retry_from=timedelta(minutes=-9))
    page = boss.get(PATH)
    assert "最早的一条已等待 9 分钟" in unwell(page)["queue"]
    assert page.one("#status-queue a")["href"] == "/settings/deliveries?state=queued"


def test_a_failure_of_this_week_leads_to_its_row(world, boss, change):
    world.file()
    change(Delivery, state=DeliveryState.FAILED, ended_at=timedelta(days=-1))
    page = boss.get(PATH)
    assert set(unwell(page)) == {"failed"}
    assert page.one("#status-failed a")["href"] == "/settings/deliveries?state=failed"
    change(Delivery, ended_at=timedelta(days=-8))
    assert results(boss.get(PATH))["failed"] == "ok"


@pytest.mark.parametrize(
    ("reason", "said", "result"),
    [
        ("quota", "本月的调用次数已用完", "fail"),
        ("credentials", "请在流程对接中填写正确的密钥", "fail"),
        ("transport", "请检查本机到平台的网络", "fail"),
        ("throttle", "不需要处理", "warn"),
    ],
)
def test_a_paused_app_says_why_until_when_and_the_platforms_words(
    app, world, boss, change, platform, reason, said, result
):
    pause(app, reason, timedelta(hours=3), change)
    page = boss.get(PATH)
    assert said in unwell(page)[platform.name]
    assert "下次调用不早于" in unwell(page)[platform.name]
    assert "90020 次数超限" in unwell(page)[platform.name]
    assert results(page)["all"] == result


def test_the_month_s_calls_are_shown_and_warn_before_they_are_gone(app, world, boss, change):
    change(ApiUsage, count=10)
    calls = boss.get(PATH).one("#status-dingtalk-calls, #status-feishu-calls").get_text()
    assert "次" in calls
    app.config["DINGTALK_MONTHLY_CALLS"] = app.config["FEISHU_MONTHLY_CALLS"] = 10
    assert [name for name in unwell(boss.get(PATH)) if name.endswith("-calls")]


def test_a_sweep_that_lags_says_by_how_much(world, boss, change, platform):
    world.file()
    world.deliver()
    change(Approval, next_poll_at=timedelta(hours=-2))
    assert "比预定晚 2 小时" in unwell(boss.get(PATH))[f"{platform.name}-sweep"]


def test_a_platform_that_is_off_is_no_trouble(world, boss, change, platform):
    world.file()
    change(Approval, next_poll_at=timedelta(hours=-2))
    change(ProviderSetting, is_enabled=False)
    page = boss.get(PATH)
    assert "没有启用" in page.one(f"#status-{platform.name}").get_text()
    assert f"{platform.name}-sweep" not in results(page)


def test_runs_that_wait_or_lost_their_process_are_named(app, world, boss, change):
    ticket_id = world.file()
    with app.app_context():
        ticket = db.session.get_one(Ticket, ticket_id)
        step = db.session.scalars(db.select(TicketStep).filter_by(ticket_id=ticket_id)).first()
        db.session.add(
            ExecutionRun(
                ticket=ticket, step=step, number=1, due_at=ticket.created_at,
                created_at=ticket.created_at,
            )
        )  # fmt: skip
        db.session.commit()
    change(ExecutionRun, created_at=timedelta(minutes=-5))
    assert "排队 1 个，已等待 5 分钟" in unwell(boss.get(PATH))["runs"]
    change(ExecutionRun, state=RunState.ORPHANED)
    assert "不会重新执行" in unwell(boss.get(PATH))["orphans"]


def test_an_older_schema_is_told_with_its_command(app, world, boss):
    with app.app_context():
        db.session.execute(db.text("UPDATE alembic_version SET version_num = '0003'"))
        db.session.commit()
    assert "flask --app wsgi db upgrade" in unwell(boss.get(PATH))["schema"]


def test_another_machine_on_the_same_file_is_an_alarm(app, world, boss):
    with app.app_context():
        at = db.session.scalars(db.select(Heartbeat.at)).first()
        db.session.add(Heartbeat(name="process:0123456789ab:0", at=at, host="db-host-2"))
        db.session.commit()
    assert "db-host-2" in unwell(boss.get(PATH))["machines"]


def test_it_is_for_admins(world, sign_in):
    assert sign_in("lead").get(PATH, status=403).status == 403
