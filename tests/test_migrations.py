"""The migrations reach the models, there and back."""

import flask_migrate
import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import inspect

from portal import create_app, first_start
from portal.domain import ticket_lists
from portal.extensions import db
from tests.conftest import settings
from tests.flows.conftest import sandbox, sandbox_server
from tests.platforms import DINGTALK, FEISHU, addresses
from tests.world import World

__all__ = ["sandbox", "sandbox_server"]


def test_the_migrations_reach_the_models(context):
    with db.engine.connect() as connection:
        found = compare_metadata(MigrationContext.configure(connection), db.metadata)
    assert found == []


def test_every_table_goes_and_comes_back(tmp_path):
    app = create_app(settings(tmp_path))
    with app.app_context():
        flask_migrate.upgrade()
        flask_migrate.downgrade(revision="base")
        assert set(inspect(db.engine).get_table_names()) == {"alembic_version"}
        flask_migrate.upgrade()
        assert set(inspect(db.engine).get_table_names()) > set(db.metadata.tables)
        db.engine.dispose()


def test_each_installation_has_its_own_id(tmp_path):
    ids = set()
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        app = create_app(settings(tmp_path / name))
        with app.app_context():
            flask_migrate.upgrade()
            from_table = db.text("SELECT value FROM portal_setting WHERE key = 'installation'")
            ids.add(db.session.execute(from_table).scalar_one())
            db.session.remove()
            db.engine.dispose()
    assert len(ids) == 2


@pytest.fixture
def filled(tmp_path, password_hash, sandbox):
    """A company with cards, deliveries and tries: what an update must carry over."""
    app = create_app(settings(tmp_path, **addresses(sandbox.base)))
    with app.app_context():
        flask_migrate.upgrade()
        first_start.prepare()
        db.session.remove()

    def fill(platforms) -> World:
        world = World(app, sandbox, platforms)
        world.settle_in(password_hash)
        world.prepare()
        world.file()
        world.deliver()
        return world

    yield fill
    with app.app_context():
        db.session.remove()
        db.engine.dispose()


def counts(world):
    with world.app.app_context():
        names = ("approval", "delivery", "delivery_attempt", "provider_account")
        found = {
            name: db.session.execute(db.text(f"SELECT count(*) FROM {name}")).scalar_one()
            for name in names
        }
        db.session.remove()
        return found


def test_an_update_keeps_every_row_and_the_foreign_keys(filled):
    world = filled([FEISHU])
    before = counts(world)
    with world.app.app_context():
        flask_migrate.downgrade(revision="0001")
        # What 0001 knows no place for is gone: the template's own delivery and its try.
        flask_migrate.upgrade()
        db.session.remove()
    after = counts(world)
    assert after == before | {
        "delivery": before["delivery"] - 1,
        "delivery_attempt": before["delivery_attempt"] - 1,
    }
    with world.app.app_context():
        assert db.session.execute(db.text("PRAGMA foreign_keys")).scalar_one() == 1
        assert db.session.execute(db.text("PRAGMA foreign_key_check")).all() == []
        db.session.remove()


def test_what_waited_before_an_update_waits_after_it(filled):
    world = filled([DINGTALK])
    with world.app.app_context():
        flask_migrate.downgrade(revision="0004")
        flask_migrate.upgrade()
        db.session.remove()
    for username, number in (("lead", 1), ("owner", 1), ("dba", 0)):
        with world.rules():
            assert len(ticket_lists.waiting_for(world.member(username)).rows) == number


def test_a_step_back_that_would_lose_cards_is_refused_before_anything_is_changed(filled):
    world = filled([DINGTALK, FEISHU])
    before = counts(world)
    with world.app.app_context(), pytest.raises(SystemExit, match="two platforms"):
        flask_migrate.downgrade(revision="0001")
    assert counts(world) == before
