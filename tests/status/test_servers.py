"""The same figures where the portal's own database is PostgreSQL or MySQL."""

from __future__ import annotations

import flask_migrate
import pytest

from portal import create_app, first_start, jobs, presence
from portal.domain import restored
from portal.extensions import db
from portal.models import Heartbeat, PortalSetting
from tests.conftest import PASSWORD, settings
from tests.page import Visitor
from tests.servers import database_server, mariadb_server, postgresql_server, sqlite_server
from tests.status.conftest import TOKEN
from tests.status.test_metrics import samples

__all__ = ["database_server", "mariadb_server", "postgresql_server", "sqlite_server"]
SCHEMES = {"postgresql": "postgresql", "mysql": "mysql"}


@pytest.fixture
def app(tmp_path, database_server):
    """A fresh portal on that server."""
    target = database_server.target(database_server.new_database())
    address = (
        f"{SCHEMES[target.db_type]}://{target.username}:{target.password}"
        f"@{target.host}:{target.port}/{target.database}"
    )
    values = {"DATABASE_URL": address, "METRICS_TOKEN": TOKEN, "ADMIN_PASSWORD": PASSWORD}
    app = create_app(settings(tmp_path, **values))
    with app.app_context():
        flask_migrate.upgrade()
        first_start.prepare()
        jobs.deliver()
        jobs.sweep()
    yield app
    with app.app_context():
        db.session.remove()
        db.engine.dispose()


@pytest.mark.parametrize("database_server", ["mariadb", "postgresql"], indirect=True)
def test_a_server_tells_the_same_and_several_machines_may_use_it(app, sign_in):
    assert samples(app)["portal_heartbeat_age_seconds", "sweep"] < 60
    visitor: Visitor = sign_in("admin")
    page = visitor.get("/settings/status")
    lines = {tag["data-status"]: tag["data-result"] for tag in page.select("[data-status]")}
    assert set(lines.values()) == {"ok"}
    text = page.one("#status-database").get_text()
    assert "PostgreSQL" in text or "MariaDB" in text
    assert "MB" in text or "kB" in text
    presence.check(app, patient=False)
    presence.enter(app).end()
    with app.app_context():
        assert set(db.session.scalars(db.select(Heartbeat.name))) == {"deliver", "sweep"}


@pytest.mark.parametrize("database_server", ["mariadb", "postgresql"], indirect=True)
def test_a_server_restored_by_its_own_tools_is_settled_by_one_command(app):
    runner = app.test_cli_runner()
    refused = runner.invoke(args=["settle-restored"], input="n\n")
    assert refused.exit_code == 1
    with app.app_context():
        before = db.session.get_one(PortalSetting, "installation").value
        assert restored.last() is None
    done = runner.invoke(args=["settle-restored", "--yes"])
    assert done.exit_code == 0, done.output
    with app.app_context():
        assert db.session.get_one(PortalSetting, "installation").value != before
        assert restored.last().last_ticket == 0
