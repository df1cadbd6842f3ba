"""Instances: create, read, list, cancel, preview. Fact sheet, sections 4 and 5.1."""

from flask import Blueprint, request

from ..rules import current_rules
from ..store import Store, now_ms
from . import moves
from .answers import Refusal, bad_field, bad_param, json_body
from .definitions import known_definition, live_definition
from .detail import shown_card
from .gateway import T3, api_call
from .ids import asked_kind, shown_id, working_person
from .nodes import node_id
from .refusals import register
from .scopes import APPROVAL, APPROVAL_READ, INSTANCE
from .shapes import fitting
from .starting import start_card

bp = Blueprint("feishu_instances", __name__, url_prefix="/open-apis/approval/v4/instances")
register(bp)

LONGEST_WINDOW_MS = 10 * 60 * 60 * 1000
CANCEL = {"approval_code*": str, "instance_code*": str, "user_id*": str}
PREVIEW = {"user_id*": str, "approval_code": str, "department_id": str, "form": str,
           "instance_code": str, "task_id": str}


@bp.post("")
@api_call(APPROVAL, INSTANCE, tier=T3)
def create(store: Store, app: dict) -> dict:
    """https://open.feishu.cn/document/uAjLw4CM/ukTMukTMukTM/reference/approval-v4/instance/create

    No query parameters: ids are told apart by the members that hold them.
    """
    return {"instance_code": start_card(store, app, json_body())["id"]}


@bp.get("/<key>")
@api_call(APPROVAL, APPROVAL_READ, INSTANCE)
def read(store: Store, app: dict, key: str) -> dict:
    """https://open.feishu.cn/document/uAjLw4CM/ukTMukTMukTM/reference/approval-v4/instance/get

    key: the instance's code or the uuid it was created with.
    """
    asked_kind(app)
    card = known_card(store, key)
    if _is_hidden(store, card, "hide_detail_seconds"):
        raise no_such_instance()
    return shown_card(app, card, not _is_hidden(store, card, "hide_tasks_seconds"))


@bp.get("")
@api_call(APPROVAL, APPROVAL_READ, INSTANCE, tier=T3)
def list_codes(store: Store, app: dict) -> dict:
    """https://open.feishu.cn/document/uAjLw4CM/ukTMukTMukTM/reference/approval-v4/instance/list

    By creation time, 10 hours at most.
    """
    code = request.args.get("approval_code")
    if not code:
        raise bad_field("approval_code", "approval_code is required")
    since, until = (_time(name) for name in ("start_time", "end_time"))
    size, offset = page(least=1, most=100, default=100)
    live_definition(store, code)
    if not 0 <= until - since <= LONGEST_WINDOW_MS:
        raise bad_param("the time range must not exceed 10 hours")
    found = [key for key, _, _ in store.card_ids(code, since, until)]
    return {"instance_code_list": found[offset:offset + size], **next_page(found, offset, size)}


@bp.post("/cancel")
@api_call(APPROVAL, APPROVAL_READ, INSTANCE, tier=T3)
def cancel(store: Store, app: dict) -> dict:
    """https://open.feishu.cn/document/uAjLw4CM/ukTMukTMukTM/reference/approval-v4/instance/cancel"""
    kind, body = asked_kind(app), fitting(json_body(), CANCEL)
    card = card_of_body(store, body)
    if working_person(store, app, body["user_id"], kind) != card["originator"]:
        raise no_permission()
    if card["status"] not in ("PENDING", "APPROVED"):
        raise bad_param(f"instance status is {card['status']}")
    if not moves.can_withdraw(store, card):
        raise no_permission()
    moves.withdraw(store, card)
    return {}


@bp.post("/preview")
@api_call(APPROVAL_READ)
def preview(store: Store, app: dict) -> dict:
    """https://open.feishu.cn/document/ukTMukTMukTM/ukTM5UjL5ETO14SOxkTN/approval-preview"""
    kind, body = asked_kind(app), fitting(json_body(), PREVIEW)
    working_person(store, app, body["user_id"], kind)
    if body.get("instance_code"):
        nodes = known_card(store, body["instance_code"])["nodes"]
        return {"preview_nodes": [_previewed(app, node, node["users"], kind) for node in nodes]}
    definition = live_definition(store, body.get("approval_code"))
    return {"preview_nodes": [
        _previewed(app, node | {"node_id": node_id(definition["approval_code"], node["id"]),
                                "custom_node_id": node["id"]},
                   [a["user"] for a in node["approvers"] if "user" in a], kind)
        for node in definition["nodes"]
    ]}


def _previewed(app: dict, node: dict, users: list[str], kind: str) -> dict:
    return {
        "node_id": node["node_id"], "custom_node_id": node["custom_node_id"],
        "node_name": node["name"], "node_type": node["type"], "comments": [], "end_cc_id_list": [],
        "user_id_list": [shown_id(app, user, kind) for user in users],
        "is_empty_logic": not users, "is_approver_type_free": node.get("is_free", False),
        "has_cc_type_free": False,
    }


def known_card(store: Store, key: str) -> dict:
    """By code, or by uuid whatever its case. Raises Refusal 1390003."""
    by_uuid = store.get("feishu_uuid", key.lower())
    card = store.card(by_uuid["card"] if by_uuid else key)
    if card is None or card["provider"] != "feishu":
        raise no_such_instance()
    return card


def card_of_body(store: Store, body: dict) -> dict:
    """The instance that approval_code and instance_code name together."""
    known_definition(store, body["approval_code"])
    card = store.card(body["instance_code"])
    if card is None or card["process_code"] != body["approval_code"]:
        raise no_such_instance()
    return card


def no_such_instance() -> Refusal:
    return Refusal(1390003, "instance code not found")


def no_permission() -> Refusal:
    return Refusal(1390009, "no operation permission", 403)


def page(least: int, most: int, default: int) -> tuple[int, int]:
    """(page_size, offset) of the query."""
    size = request.args.get("page_size") or str(default)
    token = request.args.get("page_token") or "0"
    if not size.isdecimal() or not least <= int(size) <= most:
        raise bad_field("page_size", f"the value is {least} to {most}", size)
    if not token.isdecimal():
        raise bad_param("page_token")
    return int(size), int(token)


def next_page(found: list, offset: int, size: int) -> dict:
    has_more = offset + size < len(found)
    return {"has_more": has_more, "page_token": str(offset + size) if has_more else ""}


def _time(name: str) -> int:
    given = request.args.get(name) or ""
    if not given.isdecimal():
        raise bad_field(name, f"{name} is required: milliseconds", given)
    return int(given)


def _is_hidden(store: Store, card: dict, rule: str) -> bool:
    """Is this card still too young to be seen, by one of the hide_* rules?"""
    return now_ms() - card["created_at"] < current_rules(store)[rule] * 1000
