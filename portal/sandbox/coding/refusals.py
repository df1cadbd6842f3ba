"""Refusals that come before any action: ordered ones, and the security front's page.

Fact sheet, sections 1 and 6. The page's look and its status are our guess.
"""

from flask import Blueprint, Response, jsonify, request

from ..calls import note_code
from ..rules import current_rules
from ..store import current_store
from .answers import Refusal
from .tokens import bad_token

PAGE = (
    '<!DOCTYPE html><html lang="zh-CN"><head><meta charset="utf-8"><title>请求被拦截</title></head>'
    "<body><h1>请求被拦截</h1><p>您的请求可能带有攻击内容，已被安全防护拦截。</p></body></html>"
)
BAN_JSON = {"message": "request blocked", "status": 1111}


def too_many() -> Refusal:
    return Refusal("RequestLimitExceeded", "Request limit exceeded, please try again later.")


def register(bp: Blueprint) -> None:
    """Turn refusals raised in the blueprint's views into answers, and obey ordered ones."""
    bp.register_error_handler(Refusal, Refusal.response)
    bp.before_request(_refuse_as_ordered)
    bp.before_request(_stop_at_the_front)


def _refuse_as_ordered() -> Response | None:
    """A fault that a test ordered for this request. ip: the token has an allow-list."""
    match request.environ.get("sandbox.refuse"):
        case None:
            return None
        case "ban":
            return _page()
        case "ban_json":
            note_code("1111")
            return jsonify(BAN_JSON)
        case "token" | "ip":
            raise bad_token(current_store())
        case _:
            raise too_many()


def _stop_at_the_front() -> Response | None:
    """A word in the bytes of the body, before anybody has read it as JSON."""
    words = current_rules(current_store())["coding_front_words"]
    body = request.get_data().lower()
    return _page() if any(word.lower().encode() in body for word in words) else None


def _page() -> Response:
    note_code("ban")
    status = int(current_rules(current_store())["coding_front_status"])
    return Response(PAGE, status, content_type="text/html; charset=utf-8")
