"""Whose token a call carries. Fact sheet, section 2.

A token is kept as the app_secret of its app, whose app_key stands for the team.
"""

from flask import request

from ..calls import note_app
from ..rules import current_rules
from ..store import Store
from .answers import NOT_FOUND, Refusal

REVOKED = "coding_revoked"


def app_of_header(store: Store) -> dict:
    """The app of a good token under an accepted scheme. Raises Refusal."""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    token = token.strip()
    if scheme not in current_rules(store)["coding_schemes"] or store.get(REVOKED, token):
        raise bad_token(store)
    app = next((app for app in store.every("app")
                if app["provider"] == "coding" and app["app_secret"] == token), None)
    if app is None:
        raise bad_token(store)
    note_app(app["app_key"])
    return app


def bad_token(store: Store) -> Refusal:
    """Missing, unknown, expired or under another scheme: all look the same.

    OAS declares a bare 401 for some actions; the rule `coding_auth_status` shows that face.
    """
    code, message = NOT_FOUND, "User not found, authorization invalid"
    status = int(current_rules(store)["coding_auth_status"])
    return Refusal(code, message) if status == 200 else Refusal(code, message, status, "Invalid")


def revoke_tokens(store: Store, app_key: str) -> None:
    """Make an app's token invalid at once; a new app_secret is a new token."""
    token = store.get("app", app_key)["app_secret"]
    store.put(REVOKED, token, {"token": token})
