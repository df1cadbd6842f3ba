"""Who a request comes from: the cookie holds a session's id, the session table all the rest."""

from __future__ import annotations

import logging

from flask import Flask, g, request, session
from flask_login import LoginManager
from sqlalchemy import update
from sqlalchemy.exc import OperationalError, SQLAlchemyError

from portal.domain import signin
from portal.extensions import db
from portal.kit import clock
from portal.kit.headers import SAFE_METHODS
from portal.models import Member, Session

log = logging.getLogger(__name__)
COOKIE_KEY = "id"


def init_app(app: Flask) -> None:
    """Make current_user the member of the request's session."""
    manager: LoginManager = app.login_manager
    manager.session_protection = None  # our own table knows which sessions live
    manager.request_loader(_member)


def _member(_request) -> Member | None:
    token = session.get(COOKIE_KEY)
    if not token or g.get("database_failed"):  # the error page asks a second time
        return None
    now = clock.utc_now()
    try:
        row = signin.current(token, now)
    except SQLAlchemyError:
        g.database_failed = True
        raise
    if row is None:
        return None
    if row.seen_at <= now - signin.TOUCH_EVERY:
        _touch(row, now)
    return row.member


def _touch(row: Session, now) -> None:
    """Note that the session was used: with the post's own writes, else in a small transaction."""
    if request.method not in SAFE_METHODS:
        row.seen_at = now
        return
    query = update(Session).where(Session.id_hash == row.id_hash).values(seen_at=now)
    try:
        with db.engine.begin() as connection:
            connection.execute(query)
    except OperationalError:
        log.warning("the session's last use could not be noted")


def open_session(token: str) -> None:
    """A fresh cookie for a fresh session: nothing of what stood there before is taken over."""
    session.clear()
    session[COOKIE_KEY] = token


def current_id() -> str | None:
    """The id of this request's session."""
    return session.get(COOKIE_KEY)


def close_session() -> None:
    """Empty the cookie."""
    session.clear()
