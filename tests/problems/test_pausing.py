"""What the pages say while nothing can be pushed."""

from datetime import timedelta

import pytest

from portal.domain import app_health, settings
from portal.domain.provider import Kind, ProviderError
from portal.extensions import db
from portal.kit.clock import database_now
from tests.problems.conftest import LIST

APP = "https://team.coding.net"
TITLES = {
    "credentials": "CODING 不接受访问令牌，推送已暂停",
    "transport": "连续无法连接 CODING，推送已暂停",
    "throttle": "CODING 要求降低调用频率，推送暂停片刻",
    "quota": "CODING 推送已暂停",
}


def pause(shop, reason: str) -> None:
    with shop.app.test_request_context():
        error = ProviderError("coding", "x1", "令牌<b>无效", Kind.CREDENTIALS)
        app_health.failed(app_health.Leave("coding", APP), error)
        app_health.state("coding", APP).reason = reason
        db.session.commit()


@pytest.mark.parametrize("reason", TITLES)
def test_a_pause_is_said_above_the_list_and_the_problem(shop, problems, reason):
    (only,) = problems.add("DELETE FROM a")
    problems.switch_on()
    pause(shop, reason)
    for path in (LIST, f"{LIST}/{only}"):
        page = shop.sign_in("onlooker").get(path)
        assert page.one("main .notice-title").get_text() == TITLES[reason]
        assert "令牌<b>无效" not in page.text
        assert not page.select('main a[href="/settings/integrations"]')
        page = shop.sign_in("boss").get(path)
        assert page.one("main .notice-title").get_text() == TITLES[reason]
        assert "x1 令牌<b>无效" in page.text
        assert page.select('main .notice a[href="/settings/integrations"]')


def test_it_is_said_only_while_it_lasts_and_matters(shop, problems):
    problems.switch_on()
    (only,) = problems.add("DELETE FROM a")
    pause(shop, "credentials")
    visitor = shop.sign_in("lead")

    def enabled(is_enabled: bool) -> None:
        with shop.app.app_context():
            settings.provider_setting("coding").is_enabled = is_enabled
            db.session.commit()

    enabled(False)
    assert TITLES["credentials"] not in visitor.get(LIST).text
    enabled(True)
    visitor.get(LIST).form(has="ids").fill(ids=[str(only)]).send(302, "推送到 Coding")
    enabled(False)
    assert TITLES["credentials"] in visitor.get(LIST).text
    with shop.app.app_context():
        past = database_now(db.session) - timedelta(seconds=1)
        app_health.state("coding", APP).paused_until = past
        db.session.commit()
    assert TITLES["credentials"] not in visitor.get(LIST).text


def test_a_push_says_that_it_waits(shop, problems):
    (only,) = problems.add("DELETE FROM a")
    problems.switch_on()
    pause(shop, "transport")
    form = shop.sign_in("lead").get(LIST).form(has="ids").fill(ids=[str(only)])
    page = form.send(302, "推送到 Coding")
    said = "已加入推送队列 1 条；CODING 暂停中，恢复后自动推送。"
    assert page.flashes == [("warning", said)]
