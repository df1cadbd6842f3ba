"""A start refuses a schema that it does not know (D8)."""

from __future__ import annotations

import pytest
from sqlalchemy import text

from portal import create_app, schema, serving
from portal.extensions import db
from tests.conftest import settings


def have(app, revision: str) -> None:
    with app.app_context():
        db.session.execute(text("UPDATE alembic_version SET version_num = :it"), {"it": revision})
        db.session.commit()
        db.session.remove()


def test_the_schema_that_the_migrations_reach_is_known(app):
    schema.check(app, upgrades=False)


def test_an_older_one_is_for_a_start_that_upgrades(app):
    have(app, "0002")
    schema.check(app, upgrades=True)
    with pytest.raises(schema.WrongSchema, match=r"schema 0002.*db upgrade"):
        schema.check(app, upgrades=False)


def test_an_empty_database_is_for_a_start_that_upgrades(tmp_path):
    app = create_app(settings(tmp_path))
    schema.check(app, upgrades=True)
    with pytest.raises(schema.WrongSchema, match=r"no tables.*db upgrade"):
        schema.check(app, upgrades=False)
    with app.app_context():
        db.engine.dispose()


def test_the_jobs_do_not_start_on_a_newer_one(app):
    have(app, "9999")
    result = app.test_cli_runner().invoke(args=["jobs"])
    assert result.exit_code == 1
    assert "9999, which this version" in result.output


def test_the_server_does_not_start_on_a_newer_one(app, monkeypatch, capsys):
    have(app, "9999")
    monkeypatch.setenv("PORTAL_DATABASE_URL", app.config["SQLALCHEMY_DATABASE_URI"])
    assert serving.run([]) == 2
    assert "9999, which this version" in capsys.readouterr().err
    with app.app_context():
        found = db.session.execute(text("SELECT version_num FROM alembic_version")).scalar()
    assert found == "9999"
