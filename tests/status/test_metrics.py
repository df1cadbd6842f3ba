"""/metrics: closed by default, one token, the same figures from every node."""

from __future__ import annotations

from datetime import timedelta

import pytest
from prometheus_client.parser import text_string_to_metric_families

from portal import create_app
from portal.extensions import db
from portal.kit.clock import utc_now
from portal.models import (
    AppHealth,
    Approval,
    Delivery,
    DeliveryAction,
    DeliveryAttempt,
    DeliveryState,
    Heartbeat,
    ProviderSetting,
    Ticket,
)
from tests.load.test_queries import statements_of
from tests.status.conftest import TOKEN

NAMES = {
    "portal_deliveries", "portal_delivery_oldest_seconds", "portal_delivery_attempts",
    "portal_provider_request_seconds", "portal_sweep_lag_seconds", "portal_provider_calls_month",
    "portal_provider_calls_limit", "portal_app_paused", "portal_heartbeat_age_seconds",
    "portal_runs", "portal_tickets",
}  # fmt: skip
MOST_STATEMENTS = 15


def scrape(app, token: str = TOKEN):
    return app.test_client().get("/metrics", headers={"Authorization": f"Bearer {token}"})


def samples(app) -> dict[tuple, float]:
    """(name, values of its labels in the order of their names) → value."""
    answer = scrape(app)
    assert answer.status_code == 200
    families = list(text_string_to_metric_families(answer.text))
    assert {family.name for family in families} == NAMES
    return {
        (one.name, *dict(sorted(one.labels.items())).values()): one.value
        for family in families
        for one in family.samples
    }


def test_without_the_token_it_says_nothing_and_makes_no_session(app):
    for headers in (
        {}, {"Authorization": "Bearer wrong"}, {"Authorization": f"Basic {TOKEN}"},
        {"Authorization": f"Bearer {TOKEN}x"}, {"Authorization": "Bearer 不对"},
        {"Authorization": "Bearer "},
    ):  # fmt: skip
        sent = {name: value.encode().decode("latin-1") for name, value in headers.items()}
        answer = app.test_client().get("/metrics", headers=sent)
        assert answer.status_code == 401, headers
        assert answer.headers["WWW-Authenticate"] == 'Bearer realm="metrics"'
        assert "portal_" not in answer.text
        assert "Set-Cookie" not in answer.headers


def test_without_the_setting_there_is_no_such_page(app):
    app.config["METRICS_TOKEN"] = ""
    for token in (TOKEN, ""):
        assert scrape(app, token).status_code == 404


def test_its_format_is_the_one_that_every_prometheus_reads(app):
    answer = scrape(app)
    assert answer.content_type == "text/plain; version=0.0.4; charset=utf-8"
    assert "Set-Cookie" not in answer.headers
    assert answer.headers["Cache-Control"] == "no-store"
    assert "# TYPE portal_delivery_attempts_total counter" in answer.text


def test_an_admins_session_is_no_token(app, admin):
    assert admin.client.get("/metrics").status_code == 401


def test_it_counts_what_waits_what_was_tried_and_how_long_that_took(app, world, platform):
    name = platform.name
    assert samples(app)["portal_delivery_attempts_total", "yes", name] == 1  # the template
    world.file()
    before = samples(app)
    assert before["portal_deliveries", "start", name, "queued"] == 1
    assert 0 <= before["portal_delivery_oldest_seconds", name] < 60
    world.deliver()
    after = samples(app)
    assert ("portal_deliveries", "start", name, "queued") not in after
    assert after["portal_delivery_attempts_total", "yes", name] == 2
    assert 0 < after["portal_provider_request_seconds", name, "0.99"] < 60
    assert after["portal_tickets", "wait_for_audit"] == 1
    assert after["portal_sweep_lag_seconds", name] == 0
    assert after["portal_provider_calls_month", name] > 0
    assert after["portal_app_paused", name, ""] == 0
    assert after["portal_heartbeat_age_seconds", "deliver"] < 60


def test_a_failed_delivery_stays_in_the_figures(app, world, change, platform):
    world.file()
    change(Delivery, state=DeliveryState.FAILED)
    found = samples(app)
    assert found["portal_deliveries", "start", platform.name, "failed"] == 1
    assert ("portal_delivery_oldest_seconds", platform.name) not in found


def test_what_is_planned_for_later_is_not_late(app, world, change, platform):
    world.file()
    change(Delivery, due_at=timedelta(hours=1), retry_from=timedelta(hours=-9))
    assert ("portal_delivery_oldest_seconds", platform.name) not in samples(app)
    change(Delivery, attempts=1)
    assert samples(app)["portal_delivery_oldest_seconds", platform.name] > 9 * 3600 - 60


def test_a_late_sweep_a_pause_and_a_dead_clock_are_seen(app, world, change, platform):
    world.file()
    world.deliver()
    change(Approval, next_poll_at=timedelta(minutes=-20))
    change(Heartbeat, at=timedelta(minutes=-30))
    with app.app_context():
        setting = db.session.scalars(db.select(ProviderSetting)).one()
        health = AppHealth(provider=setting.provider, app_key=setting.app_key)
        db.session.add(health)
        db.session.commit()
    change(AppHealth, reason="quota", paused_until=timedelta(days=3))
    found = samples(app)
    assert 1200 <= found["portal_sweep_lag_seconds", platform.name] < 1300
    assert found["portal_heartbeat_age_seconds", "deliver"] >= 1800
    assert found["portal_app_paused", platform.name, "quota"] == 1


def test_the_tally_of_tries_grows_by_what_is_new_and_agrees_with_a_fresh_process(app, change):
    with app.app_context():
        delivery = Delivery(
            key="k", provider="dingtalk", app_key="a", action=DeliveryAction.TEMPLATE,
            state=DeliveryState.SENT, due_at=utc_now(),
        )  # fmt: skip
        db.session.add(delivery)
        db.session.flush()
        for token in range(1, 8):
            outcome = "yes" if token < 5 else ""
            db.session.add(
                DeliveryAttempt(
                    delivery_id=delivery.id, token=token, started_at=utc_now(), outcome=outcome
                )
            )
        db.session.commit()
    change(DeliveryAttempt, started_at=timedelta(days=-2))
    first = _tries(samples(app))
    assert first == {"yes": 4, "open": 3}
    with app.app_context():
        db.session.add(DeliveryAttempt(delivery_id=1, token=9, started_at=utc_now(), outcome="no"))
        db.session.commit()
    again = _tries(samples(app))
    assert again == first | {"no": 1}
    assert _tries(samples(create_app(dict(app.config)))) == again


def _tries(found: dict) -> dict[str, float]:
    return {
        key[1]: value for key, value in found.items() if key[0] == "portal_delivery_attempts_total"
    }


@pytest.mark.parametrize("count", [1, 12])
def test_the_statements_do_not_grow_with_the_rows(app, world, count):
    for _number in range(count):
        world.file()
    world.deliver()
    scrape(app)
    with statements_of(app) as found:
        samples(app)
    assert len(found) <= MOST_STATEMENTS, "\n".join(found)
    with app.app_context():
        assert db.session.scalar(db.select(db.func.count(Ticket.id))) == count
