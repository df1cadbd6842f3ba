"""What stands before every API: token, permission, calls per second, monthly quota.

Fact sheet, sections 0.1, 0.3 and 0.4. Refused calls are not counted towards the quota.
"""

from datetime import datetime
from functools import wraps
from zoneinfo import ZoneInfo

from flask import jsonify, request

from ..calls import note_app, note_code, note_counted, recent_calls
from ..rules import current_rules
from ..store import Store, current_store
from .answers import OapiRefusal, Refusal, oapi_body
from .refusals import refusal_of_kind
from .scopes import missing_scope_text
from .tokens import app_of_token

QUOTA_ZONE = ZoneInfo("Asia/Shanghai")  # that a month ends there is UNCONFIRMED


def api_call(scope: str | None, counted: bool = True):
    """A view(store, app) of api.dingtalk.com: its answer, one transaction, as JSON."""

    def decorate(view):
        @wraps(view)
        def call():
            store = current_store()
            app = _app_of_header(store)
            if scope and scope not in app["scopes"]:
                raise Refusal(
                    "Forbidden.AccessDenied.AccessTokenPermissionDenied",
                    missing_scope_text(app["app_key"], scope), 403, {"requiredScopes": [scope]},
                )
            kind = _limit_hit(store, app["app_key"], counted)
            if kind:
                raise refusal_of_kind(kind, is_oapi=False)
            with store.transaction():
                return jsonify(view(store, app))

        return call

    return decorate


def oapi_call(scope: str):
    """A view(store, app, body) of oapi.dingtalk.com; address-book calls are free of quota."""

    def decorate(view):
        @wraps(view)
        def call():
            store = current_store()
            app = _app_of_query(store)
            if scope not in app["scopes"]:
                text = missing_scope_text(app["app_key"], scope)
                raise OapiRefusal(88, text, "60011", scopes=[scope])
            if request.method != "POST":
                raise OapiRefusal(43002, "需要POST请求")
            kind = _limit_hit(store, app["app_key"], counted=False)
            if kind:
                raise refusal_of_kind(kind, is_oapi=True)
            with store.transaction():
                return jsonify(view(store, app, oapi_body()))

        return call

    return decorate


def _app_of_header(store: Store) -> dict:
    token = request.headers.get("x-acs-dingtalk-access-token")
    if not token:
        raise Refusal(
            "AuthenticationFailed.MissingParameter", "缺少参数：x-acs-dingtalk-access-token"
        )
    app = app_of_token(store, token)
    if app is None:
        raise refusal_of_kind("token", is_oapi=False)
    return _noted(app)


def _app_of_query(store: Store) -> dict:
    token = request.args.get("access_token") or request.form.get("access_token")
    if not token:
        raise OapiRefusal(88, "access_token is blank", "40000")
    app = app_of_token(store, token)
    if app is None:
        raise refusal_of_kind("token", is_oapi=True)
    return _noted(app)


def _noted(app: dict) -> dict:
    note_app(app["app_key"])
    return app


def _limit_hit(store: Store, app_key: str, counted: bool) -> str | None:
    """The kind of limit that this call runs into; None lets it pass and counts it."""
    rules = current_rules(store)
    limits = [] if rules["qps"] is None else [(rules["qps"], 1)]
    if recent_calls().limit_hit((app_key, request.endpoint), limits) is not None:
        return "qps"
    if not counted:
        return None
    month = datetime.now(QUOTA_ZONE).strftime("%Y-%m")
    with store.transaction():
        used = (store.get("usage", month) or {"calls": 0})["calls"]
        if rules["monthly_quota"] is not None and used >= rules["monthly_quota"]:
            return "quota"
        store.put("usage", month, {"month": month, "calls": used + 1})
    note_counted()
    return None


def ok_oapi(result: dict, request_id: str) -> dict:
    """The envelope of a success on oapi.dingtalk.com."""
    note_code("0")
    return {"errcode": 0, "errmsg": "ok", "request_id": request_id, "result": result}
