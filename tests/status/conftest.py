"""The figures are those of real deliveries to the sandbox, as in the stories."""

from __future__ import annotations

from datetime import timedelta

import pytest

from portal.extensions import db
from portal.kit.clock import database_now
from tests.flows.conftest import environment as platform_environment
from tests.flows.conftest import platform, sandbox, sandbox_server, world

__all__ = ["platform", "platform_environment", "sandbox", "sandbox_server", "world"]
TOKEN = "a token for the scraper"


@pytest.fixture
def environment(platform_environment) -> dict[str, str]:
    return platform_environment | {"METRICS_TOKEN": TOKEN, "DINGTALK_MONTHLY_CALLS": "5000"}


@pytest.fixture
def change(app):
    """change(Table, column=value): of every row; a timedelta is from now."""

    def set_all(table, **values) -> None:
        with app.app_context():
            now = database_now(db.session)
            moved = {
                name: now + value if isinstance(value, timedelta) else value
                for name, value in values.items()
            }
            db.session.execute(db.update(table).values(**moved))
            db.session.commit()
            db.session.remove()

    return set_all
