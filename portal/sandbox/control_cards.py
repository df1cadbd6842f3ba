"""Cards for tests and demos: read them all, press their buttons, force odd states."""

from flask import Blueprint, jsonify, request

from . import cards
from .door import BadOrder, order, register
from .store import current_store

bp = Blueprint("control_cards", __name__, url_prefix="/control")
register(bp)

ACTIONS = ("agree", "refuse", "withdraw", "redirect", "comment", "add_sign", "resubmit")


@bp.get("/cards")
def every_card():
    """All cards, oldest first; ?marker= is part of any form value, ?status=, ?deleted=0."""
    store = current_store()
    marker, status = request.args.get("marker", ""), request.args.get("status")
    found = [
        cards.shown(store, card) for card in store.cards()
        if status in (None, card["status"])
        and any(marker in value["value"] for value in card["values"])
        and not (request.args.get("deleted") == "0" and card["is_deleted"])
    ]
    return jsonify(cards=found, total=len(found))


@bp.get("/cards/<key>")
def one_card(key: str):
    card = current_store().card(key)
    if card is None:
        return jsonify(error="no such card"), 404
    return jsonify(cards.shown(current_store(), card))


@bp.post("/cards/<key>/<action>")
def press(key: str, action: str):
    """What the phone's buttons do: {"userid", "remark", "to"}; userid may be left out where only
    one person can mean it. add_sign and resubmit: Feishu only."""
    store, body = current_store(), order()
    if action == "state":
        return _force(key, body)
    if action not in ACTIONS:
        raise BadOrder(f"unknown action; known: state, {', '.join(ACTIONS)}")
    userid = body.get("userid") or _only_person(key, action)
    try:
        card = cards.press(store, key, action, userid,
                           remark=body.get("remark") or "", to=body.get("to") or "")
    except KeyError:
        return jsonify(error="no such card"), 404
    return jsonify(cards.shown(store, card))


def _force(key: str, body: dict):
    """{"status", "result", "originator", "auto_pass", "deleted", "records": [{"user", "type",
    "result", "remark"}]}: any of them, unchecked. Feishu: also "reverted", and "to" in a record."""
    store = current_store()
    with store.transaction():
        card = store.card(key)
        if card is None:
            return jsonify(error="no such card"), 404
        cards.PLATFORMS[card["provider"]].force(store, card, body)
    return jsonify(cards.shown(store, card))


def _only_person(key: str, action: str) -> str:
    """Who is meant when nobody is named: the originator, or the only one with a running task."""
    card = current_store().card(key)
    if card is None:
        raise BadOrder("no such card")
    if action in ("withdraw", "comment"):
        return card["originator"]
    waiting = cards.waiting_people(card)
    if len(waiting) != 1:
        raise BadOrder("say which userid")
    return waiting[0]
