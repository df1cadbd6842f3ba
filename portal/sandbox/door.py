"""What the pages under /control share: orders in JSON, and refusals that say why."""

from flask import Blueprint, jsonify, request

from .cards import NotAllowed
from .faults import BadFault
from .people import BadPerson
from .rules import BadRule


class BadOrder(ValueError):
    """What a test asked for makes no sense; the text says why."""


def register(bp: Blueprint) -> None:
    """Answer what was ordered badly."""
    for error in (BadOrder, BadFault, BadPerson, BadRule):
        bp.register_error_handler(error, _refuse)
    bp.register_error_handler(NotAllowed, _refuse_press)
    bp.before_request(_want_json)


def order() -> dict:
    """The request's JSON object; nothing sent is an empty one."""
    body = request.get_json() if request.get_data() else {}
    if not isinstance(body, dict):
        raise BadOrder("send a JSON object")
    return body


def _refuse(error: Exception):
    return jsonify(error=str(error)), 400


def _refuse_press(error: Exception):
    return jsonify(error=str(error)), 409


def _want_json():
    """A page on another site can post forms and text to us, but not JSON."""
    if request.method == "POST" and request.get_data() and not request.is_json:
        return jsonify(error="send application/json"), 415
    return None
