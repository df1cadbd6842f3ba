"""What stands before every API: token, permission, rate, monthly quota; then the parameters.

Fact sheet, section 0.
"""

import time
from functools import wraps

from flask import request

from ..calls import note_app, recent_calls
from ..rules import current_rules
from ..store import Store, current_store
from .answers import Refusal, success
from .refusals import refusal_of_kind, too_many
from .scopes import missing_scope
from .tokens import app_of_token

# A tier: (rule that holds the number of calls, seconds). Counted by API and app.
T3 = (("feishu_per_minute", 60),)
T4 = (("feishu_t4_per_minute", 60), ("feishu_t4_per_second", 1))


def api_call(*scopes: str, tier=T4, member: str = "data"):
    """A view(store, app, **path) that needs one of the scopes: its answer, one transaction."""

    def decorate(view):
        @wraps(view)
        def call(**path):
            store = current_store()
            app = _app_of_header(store)
            need_scope(app, scopes)
            _check_rate(store, app["app_key"], tier)
            _check_quota(store)
            with store.transaction():
                return success(view(store, app, **path), member)

        return call

    return decorate


def need_scope(app: dict, scopes: tuple[str, ...]) -> None:
    """Raises Refusal 99991672 unless the app holds one of them in its published version."""
    if scopes and not set(scopes) & set(app["scopes"]):
        message, error = missing_scope(app["app_key"], scopes)
        raise Refusal(99991672, message, **error)


def _app_of_header(store: Store) -> dict:
    kind, _, token = request.headers.get("Authorization", "").partition(" ")
    if kind != "Bearer" or not token:
        raise Refusal(99991661, "Missing access token for authorization. Please make a request"
                                " with token attached.")
    if token.startswith("u-"):
        raise Refusal(99991668, "Invalid access token for authorization. Please make a request"
                                " with token attached.")
    if not token.startswith(("t-", "a-")):
        raise Refusal(99991671, "Invalid access token for authorization: it starts with t- or u-.")
    app = app_of_token(store, token)
    if app is None:  # unknown, expired, or of a kind that this API does not take
        raise refusal_of_kind("token")
    note_app(app["app_key"])
    return app


def _check_rate(store: Store, app_key: str, tier) -> None:
    rules = current_rules(store)
    limits = [(rules[rule], seconds) for rule, seconds in tier if rules[rule] is not None]
    hit = recent_calls().limit_hit((app_key, request.endpoint), limits)
    if hit:
        raise too_many(*hit)


def _check_quota(store: Store) -> None:
    """Kept apart from DingTalk's count, which has other rules."""
    most = current_rules(store)["feishu_monthly_quota"]
    month = "feishu " + time.strftime("%Y-%m", time.gmtime())
    with store.transaction():
        used = (store.get("usage", month) or {"calls": 0})["calls"]
        if most is not None and used >= most:
            raise refusal_of_kind("quota")
        store.put("usage", month, {"month": month, "calls": used + 1})
