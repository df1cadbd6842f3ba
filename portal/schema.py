"""A start on a database whose schema this program does not know is refused, with the cure (D8)."""

from __future__ import annotations

import sqlalchemy as sa
from alembic.script import ScriptDirectory
from flask import Flask

from portal.extensions import db


class WrongSchema(Exception):
    """What the database has, what is needed, and what to do."""


def check(app: Flask, upgrades: bool) -> None:
    """Look before anything is written.

    upgrades: this start brings an older schema, or an empty database, up to date by itself.
    Raises WrongSchema.
    """
    found = _revision(app)
    scripts = ScriptDirectory(f"{app.root_path}/migrations")
    newest = scripts.get_current_head()
    if found == newest:
        return
    if found and found not in {one.revision for one in scripts.walk_revisions()}:
        raise WrongSchema(
            f"the database has schema {found}, which this version ({newest}) does not know. "
            "Start the version that made it, or restore a backup from before"
        )
    if not upgrades:
        raise WrongSchema(
            f"the database has {f'schema {found}' if found else 'no tables'}, this version needs "
            f"{newest}: run flask --app wsgi db upgrade"
        )


def _revision(app: Flask) -> str | None:
    with app.app_context():
        db.session().read_only()
        try:
            if not sa.inspect(db.engine).has_table("alembic_version"):
                return None
            return db.session.execute(sa.text("SELECT version_num FROM alembic_version")).scalar()
        finally:
            db.session.remove()
