"""Re-encrypting every stored secret, so that an old key can be dropped."""

from __future__ import annotations

from flask import current_app

from portal.extensions import db
from portal.kit.crypto import SecretBox, UnreadableSecret
from portal.models import DataSource, ProviderSetting


def rotate() -> tuple[int, list[str]]:
    """Answers how many secrets are under the first key now, and the names of unreadable ones."""
    box: SecretBox = current_app.extensions["secret_box"]
    done, unreadable = 0, []
    for name, row, column in _secrets():
        try:
            setattr(row, column, box.rotate(getattr(row, column)))
            done += 1
        except UnreadableSecret:
            unreadable.append(name)
    return done, unreadable


def unreadable() -> list[str]:
    """The names of the stored secrets that none of our keys can read."""
    box: SecretBox = current_app.extensions["secret_box"]
    found = []
    for name, row, column in _secrets():
        try:
            box.decrypt(getattr(row, column))
        except UnreadableSecret:
            found.append(name)
    return found


def _secrets():
    for setting in db.session.scalars(db.select(ProviderSetting)):
        if setting.app_secret_encrypted:
            yield f"provider {setting.provider}", setting, "app_secret_encrypted"
    for source in db.session.scalars(db.select(DataSource)):
        if source.password_encrypted:
            yield f"data source {source.id}", source, "password_encrypted"
