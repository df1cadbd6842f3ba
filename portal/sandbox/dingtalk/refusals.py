"""Refusals by the platform's gateway, by kind: they come from limits or by order of a test.

Fact sheet, sections 0.3 and 0.4.
"""

from flask import Blueprint, Response, jsonify, request

from ..calls import note_code
from .answers import OapiRefusal, Refusal

# kind → (code on api.*, message, sub_code on oapi.*); all HTTP 403 on api.*
REFUSALS = {
    "qps": (
        "Forbidden.AccessDenied.QpsLimitForAppkeyAndApi",
        "应用调用该接口触发qps流控，请稍后重试", "90018",
    ),
    "qps_api": (
        "Forbidden.AccessDenied.QpsLimitForApi", "该接口触发全局qps流控，请稍后重试", "90002",
    ),
    "quota": (
        "Forbidden.AccessDenied.ApiCountLimitForOrg", "企业当月API调用量已超出上限", "90020",
    ),
    "ip": ("Forbidden.AccessDenied.IpNotInWhiteList", "访问ip不在白名单之中", "60020"),
}
BAN_PAGE = "<!DOCTYPE html><html><head><title>405</title></head><body>访问过于频繁</body></html>"
BAN_JSON = {"status": 1111, "wait": 5, "source": "x5", "punish": "deny", "uuid": "xxx"}
KINDS = (*REFUSALS, "token", "ban", "ban_json")


def refusal_of_kind(kind: str, is_oapi: bool) -> Exception:
    """The documented refusal for qps, qps_api, quota, ip or token."""
    if kind == "token":
        if is_oapi:
            return OapiRefusal(88, "不合法的access_token", "40014")
        return Refusal("InvalidAuthentication", "不合法的access_token")
    code, message, sub_code = REFUSALS[kind]
    return OapiRefusal(88, message, sub_code) if is_oapi else Refusal(code, message, 403)


def register(bp: Blueprint) -> None:
    """Turn refusals raised in the blueprint's views into answers, and obey ordered ones."""
    bp.register_error_handler(Refusal, Refusal.response)
    bp.register_error_handler(OapiRefusal, OapiRefusal.response)
    bp.before_request(_refuse_as_ordered)


def _refuse_as_ordered() -> Response | None:
    """A fault of one of our KINDS, ordered by a test for this request."""
    kind = request.environ.get("sandbox.refuse")
    if kind is None:
        return None
    if kind == "ban":
        note_code(kind)
        return Response(BAN_PAGE, content_type="text/html; charset=utf-8")
    if kind == "ban_json":
        note_code("1111")
        return jsonify(BAN_JSON)
    raise refusal_of_kind(kind, is_oapi=not request.path.startswith("/v1.0/"))
