"""Tenant and app tokens. Fact sheet, section 1."""

import uuid

from flask import Blueprint, Response, jsonify

from ..calls import note_app, note_code
from ..rules import current_rules
from ..store import Store, current_store, now_ms
from .answers import Refusal, json_body
from .refusals import register

bp = Blueprint("feishu_tokens", __name__, url_prefix="/open-apis/auth/v3")
register(bp)

RENEW_MS = 30 * 60 * 1000  # with less than this left, the next request gets a new token
PREFIXES = {"tenant": "t-", "app": "a-"}


@bp.post("/tenant_access_token/internal")
def tenant_access_token():
    """https://open.feishu.cn/document/ukTMukTMukTM/ukDNz4SO0MjL5QzM/auth-v3/auth/tenant_access_token_internal

    Everything stands at the top level; refusals come with HTTP 200.
    """
    return _answer("tenant")


@bp.post("/app_access_token/internal")
def app_access_token():
    """https://open.feishu.cn/document/ukTMukTMukTM/ukDNz4SO0MjL5QzM/auth-v3/auth/app_access_token_internal"""
    return _answer("app", "tenant")


def app_of_token(store: Store, token: str) -> dict | None:
    """The app that a valid tenant token was given to."""
    known = store.get("feishu_token", token)
    if known is None or known["kind"] != "tenant" or _left(store, known) <= 0:
        return None
    return store.get("app", known["app_key"])


def revoke_tokens(store: Store, app_key: str) -> None:
    """Make an app's tokens invalid at once."""
    with store.transaction():
        for token in store.every("feishu_token"):
            if token["app_key"] == app_key:
                store.drop("feishu_token", token["token"])


def _answer(*kinds: str) -> Response:
    try:
        body = json_body()
    except Refusal:
        return _refused(10003, "invalid param")
    app_id, secret = body.get("app_id"), body.get("app_secret")
    if not all(isinstance(value, str) and value for value in (app_id, secret)):
        return _refused(10003, "invalid param")
    store = current_store()
    app = store.get("app", app_id)
    if app is None or app["provider"] != "feishu":
        return _refused(10014, "app id not exists")
    note_app(app_id)
    if secret != app["app_secret"]:
        return _refused(10014, "app secret invalid")
    note_code("0")
    with store.transaction():
        given = {kind: _token(store, app_id, kind) for kind in kinds}
    answer = {f"{kind}_access_token": token["token"] for kind, token in given.items()}
    left = min(_left(store, token) for token in given.values())
    return jsonify(code=0, msg="ok", expire=max(0, int(left / 1000)), **answer)


def _refused(code: int, message: str) -> Response:
    note_code(str(code))
    return jsonify(code=code, msg=message)


def _token(store: Store, app_key: str, kind: str) -> dict:
    """The newest one while half an hour of it is left, else a new one beside it."""
    newest = None
    for token in store.every("feishu_token"):
        if (token["app_key"], token["kind"]) == (app_key, kind):
            if _left(store, token) <= 0:
                store.drop("feishu_token", token["token"])
            elif _left(store, token) >= RENEW_MS:
                newest = token
    if newest is None:
        token = PREFIXES[kind] + uuid.uuid4().hex
        newest = {"token": token, "kind": kind, "app_key": app_key, "made_at": now_ms()}
        store.put("feishu_token", token, newest)
    return newest


def _left(store: Store, token: dict) -> float:
    """Milliseconds that a token is still good for."""
    return token["made_at"] + current_rules(store)["token_seconds"] * 1000 - now_ms()
