"""Access tokens. Fact sheet, section 1."""

import uuid

from flask import Blueprint, jsonify, request

from ..calls import note_app, note_code
from ..rules import current_rules
from ..store import Store, current_store, now_ms
from .answers import OapiRefusal, Refusal, json_body
from .refusals import register

bp = Blueprint("dingtalk_tokens", __name__)
register(bp)


@bp.post("/v1.0/oauth2/accessToken")
def access_token():
    """https://open.dingtalk.com/document/development/obtain-the-access-token-of-an-internal-app"""
    body = json_body()
    app = _app_by_secret(body.get("appKey"), body.get("appSecret"))
    if app is None:
        raise Refusal("invalidClientIdOrSecret", "无效的clientId或者clientSecret")
    token, seconds = give_token(current_store(), app["app_key"])
    return jsonify(accessToken=token, expireIn=seconds)


@bp.get("/gettoken")
def gettoken():
    """https://open.dingtalk.com/document/development/obtain-orgapp-token (query string only)"""
    app_key, app_secret = request.args.get("appkey"), request.args.get("appsecret")
    if not app_key or not app_secret:
        raise OapiRefusal(40035, "缺少参数 corpid or appkey")
    app = _app_by_secret(app_key, app_secret)
    if app is None:
        raise OapiRefusal(40096, "不合法的appKey或appSecret")
    token, seconds = give_token(current_store(), app["app_key"])
    note_code("0")
    return jsonify(errcode=0, errmsg="ok", access_token=token, expires_in=seconds)


def give_token(store: Store, app_key: str) -> tuple[str, int]:
    """(token, seconds): the valid one, renewed, or a new one. Good on both hosts."""
    note_app(app_key)
    seconds = current_rules(store)["token_seconds"]
    with store.transaction():
        current = next((t for t in store.every("token") if t["app_key"] == app_key), None)
        if current and not _is_valid(current, seconds):
            store.drop("token", current["token"])
            current = None
        if current is None:
            current = {"token": uuid.uuid4().hex, "app_key": app_key}
        current["given_at"] = now_ms()
        store.put("token", current["token"], current)
    return current["token"], int(seconds)


def app_of_token(store: Store, token: str) -> dict | None:
    """The app a valid token was given to."""
    known = store.get("token", token)
    if known is None or not _is_valid(known, current_rules(store)["token_seconds"]):
        return None
    return store.get("app", known["app_key"])


def revoke_tokens(store: Store, app_key: str | None = None) -> None:
    """Make tokens invalid at once: one app's, or all."""
    with store.transaction():
        for token in store.every("token"):
            if app_key in (None, token["app_key"]):
                store.drop("token", token["token"])


def _app_by_secret(app_key, app_secret) -> dict | None:
    app = current_store().get("app", app_key) if isinstance(app_key, str) else None
    if app is None or app["provider"] != "dingtalk" or app_secret != app["app_secret"]:
        return None
    return app


def _is_valid(token: dict, seconds: float) -> bool:
    return now_ms() < token["given_at"] + seconds * 1000
