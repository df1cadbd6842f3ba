"""Refusals by the gateway, by kind: they come from limits or by order of a test.

Fact sheet, section 0.
"""

import math

from flask import Blueprint, Response, jsonify, request

from ..calls import note_code
from .answers import Refusal, with_log_id

# kind → (code, message, HTTP status). Some old APIs answer a flood with 400: qps_api.
REFUSALS = {
    "qps": (99991400, "request trigger frequency limit", 429),
    "qps_api": (99991400, "request trigger frequency limit", 400),
    "quota": (99991403, "This month's API call quota has been exceeded", 400),
    "ip": (99991401, "ip is not in the app's allow list", 400),
    "token": (99991663, "Invalid access token for authorization. Please make a request with token"
                        " attached.", 400),
}  # fmt: skip
ORDERED_LIMIT, ORDERED_RESET = 100, 52
BAN_PAGE = "<!DOCTYPE html><html><head><title>403</title></head><body>Forbidden</body></html>"
BAN_JSON = {"message": "request blocked", "status": 1111}


def refusal_of_kind(kind: str) -> Refusal:
    code, message, status = REFUSALS[kind]
    return Refusal(code, message, status)


def too_many(limit: float, seconds: float) -> Refusal:
    """A limit was hit; seconds: until the next call may come, told in whole ones."""
    code, message, status = REFUSALS["qps"]
    return Refusal(code, message, status, headers={
        "x-ogw-ratelimit-limit": str(int(limit)),
        "x-ogw-ratelimit-reset": str(max(1, math.ceil(seconds))),
    })


def register(bp: Blueprint) -> None:
    """Turn refusals raised in the blueprint's views into answers, and obey ordered ones."""
    bp.register_error_handler(Refusal, Refusal.response)
    bp.before_request(_refuse_as_ordered)
    bp.after_request(with_log_id)


def _refuse_as_ordered() -> Response | None:
    """A fault that a test ordered for this request."""
    kind = request.environ.get("sandbox.refuse")
    if kind is None:
        return None
    if kind == "ban":
        note_code(kind)
        return Response(BAN_PAGE, content_type="text/html; charset=utf-8")
    if kind == "ban_json":
        note_code("1111")
        return jsonify(BAN_JSON)
    if kind == "qps":
        raise too_many(ORDERED_LIMIT, ORDERED_RESET)
    raise refusal_of_kind(kind)
