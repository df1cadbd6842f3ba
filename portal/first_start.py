"""What a fresh database needs before anybody can sign in."""

from __future__ import annotations

import sqlalchemy as sa
from flask import current_app
from sqlalchemy.exc import IntegrityError

from portal.domain import members, projects
from portal.extensions import db


def prepare() -> list[str]:
    """The first admin and the default project, each once; answers lines to be printed once."""
    if not sa.inspect(db.engine).has_table("member"):
        return []
    try:
        password = members.ensure_first_admin(current_app.config["ADMIN_PASSWORD"] or None)
        projects.ensure_default()
        db.session.commit()
    except IntegrityError:  # another worker of the same start was first
        db.session.rollback()
        return []
    if password is None:
        return []
    return [f"First admin: user name admin, password {password} (to be changed at first sign-in)"]
