"""The migrations reach the models, there and back."""

import flask_migrate
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import inspect

from portal import create_app
from portal.extensions import db
from tests.conftest import settings


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
