"""Searches over instances and tasks: late, with words of their own, and blind for revoked ones.

Fact sheet, sections 5.2 and 5.3. What a search sees of a card is what was kept `search_lag_seconds`
ago (flow.save).
"""

from flask import Blueprint

from ..rules import current_rules
from ..store import Store, now_ms
from .answers import bad_field, bad_param, json_body
from .gateway import api_call
from .ids import asked_kind, shown_id, working_person
from .instances import next_page, page
from .refusals import register
from .scopes import APPROVAL_READ, LIST
from .shapes import fitting

bp = Blueprint("feishu_searching", __name__, url_prefix="/open-apis/approval/v4")
register(bp)

LONGEST_SPAN_MS = 30 * 24 * 60 * 60 * 1000
ASKED = ("user_id", "approval_code", "instance_code", "instance_external_id", "group_external_id")
COMMON = dict.fromkeys(ASKED, str) | {"locale": str, "with_revoked_instance": bool}
INSTANCES = COMMON | {
    "instance_status": str, "instance_title": str, "instance_start_time_from": str,
    "instance_start_time_to": str,
}
TASKS = COMMON | {
    "task_status": str, "task_title": str, "task_start_time_from": str, "task_start_time_to": str,
    "task_status_list": [str], "order": int,
}
# The filter's word → the card's own
INSTANCE_STATUSES = {
    "PENDING": "PENDING", "RECALL": "CANCELED", "REJECT": "REJECTED", "DELETED": "DELETED",
    "APPROVED": "APPROVED",
}
TASK_STATUSES = ("PENDING", "REJECTED", "APPROVED", "TRANSFERRED", "DONE", "RM_REPEAT", "PROCESSED")
# order → (member of a task, newest first)
ORDERS = {
    0: ("updated", True), 1: ("updated", False), 2: ("created_at", True), 3: ("created_at", False),
}


@bp.post("/instances/query")
@api_call(LIST)
def query(store: Store, app: dict) -> dict:
    """https://open.feishu.cn/document/uAjLw4CM/ukTMukTMukTM/reference/approval-v4/instance/query"""
    kind, body = asked_kind(app), fitting(json_body(), INSTANCES)
    status = body.get("instance_status") or "ALL"
    if status not in (*INSTANCE_STATUSES, "ALL"):
        raise bad_param("instance_status")
    user = _user(store, app, body, kind)
    span = _span(body, "instance_start_time")
    found = [
        card for card in _cards(store, body)
        if status in ("ALL", card["status"]) or INSTANCE_STATUSES.get(status) == card["status"]
    ]
    found = [card for card in found[::-1] if user in (None, card["originator"])
             and span[0] <= card["created_at"] <= span[1]]
    return _paged(found, body, "instance_list", lambda card: {
        **_place(card), "instance": _instance(app, card, kind)
    })


@bp.post("/tasks/search")
@api_call(APPROVAL_READ, LIST)
def search(store: Store, app: dict) -> dict:
    """https://open.feishu.cn/document/uAjLw4CM/ukTMukTMukTM/reference/approval-v4/task/search"""
    kind, body = asked_kind(app), fitting(json_body(), TASKS)
    statuses = body.get("task_status_list") or [body.get("task_status") or "ALL"]
    if not set(statuses) <= {*TASK_STATUSES, "ALL"}:
        raise bad_param("task_status")
    order = 2 if body.get("order") is None else body["order"]
    if order not in ORDERS:
        raise bad_param("order")
    user = _user(store, app, body, kind)
    span = _span(body, "task_start_time")
    found = [
        card | {"task": task} for card in _cards(store, body) for task in card["tasks"]
        if user in (None, task["user"]) and _is_wanted(task, statuses)
        and span[0] <= task["created_at"] <= span[1]
    ]
    member, is_newest_first = ORDERS[order]
    found.sort(key=lambda card: _times(card["task"])[member], reverse=is_newest_first)
    return _paged(found, body, "task_list", lambda card: {
        **_place(card), "instance": _instance(app, card, kind),
        "task": _task(app, card["task"], card, kind),
    })


def _cards(store: Store, body: dict) -> list[dict]:
    """The cards that the ids of the body name, as they were seen last, oldest first."""
    if not any(body.get(name) for name in ASKED):
        raise bad_param("one of the ids is required")
    until = now_ms() - current_rules(store)["search_lag_seconds"] * 1000
    found = []
    for card in store.cards():
        seen = [state for state in card.get("seen", ()) if state["at"] <= until]
        if card["provider"] == "feishu" and seen and _is_named(card, body):
            found.append(card | seen[-1])
    return found


def _is_named(card: dict, body: dict) -> bool:
    return (
        body.get("approval_code") in (None, "", card["approval_code"])
        and body.get("instance_code") in (None, "", card["id"])
        and not body.get("instance_external_id") and not body.get("group_external_id")
    )


def _is_wanted(task: dict, statuses: list[str]) -> bool:
    if "ALL" in statuses or task["status"] in statuses:
        return True
    return "PROCESSED" in statuses and task["status"] != "PENDING"


def _user(store: Store, app: dict, body: dict, kind: str) -> str | None:
    return working_person(store, app, body["user_id"], kind) if body.get("user_id") else None


def _span(body: dict, name: str) -> tuple[float, float]:
    """(from, to) in ms: both or none, 30 days at most."""
    given = [body.get(f"{name}_{end}") or "" for end in ("from", "to")]
    if not any(given):
        return 0, float("inf")
    if not all(text.isdecimal() for text in given):
        raise bad_field(f"{name}_from", "both ends are milliseconds, or neither is given")
    since, until = map(int, given)
    if not 0 <= until - since <= LONGEST_SPAN_MS:
        raise bad_param(f"{name}: the time range must not exceed 30 days")
    return since, until


def _paged(found: list[dict], body: dict, member: str, shown) -> dict:
    """A page; revoked instances are dropped from it afterwards, so that it comes short."""
    size, offset = page(least=5, most=200, default=10)
    is_all = body.get("with_revoked_instance")
    kept = [card for card in found[offset:offset + size] if is_all or card["status"] != "CANCELED"]
    return {
        "count": len(found), member: [shown(card) for card in kept],
        **next_page(found, offset, size),
    }


def _place(card: dict) -> dict:
    return {
        "approval": {"code": card["approval_code"], "name": card["name"], "is_external": False,
                     "approval_id": card["approval_code"], "icon": ""},
        "group": {"external_id": "", "name": ""},
    }


def _instance(app: dict, card: dict, kind: str) -> dict:
    return {
        "code": card["id"], "external_id": "", "status": card["status"].lower(),
        "user_id": shown_id(app, card["originator"], kind), "title": card["title"], "extra": "",
        "start_time": str(card["created_at"]), "end_time": str(card["finished_at"] or 0),
        "serial_id": card["serial"], "link": {"pc_link": "", "mobile_link": ""},
    }


def _task(app: dict, task: dict, card: dict, kind: str) -> dict:
    return {
        "task_id": task["task_id"], "user_id": shown_id(app, task["user"], kind),
        "status": task["status"].lower(), "title": card["title"], "extra": "",
        "start_time": str(task["created_at"]), "end_time": str(task["finished_at"] or 0),
        "update_time": str(_times(task)["updated"]), "link": {"pc_link": "", "mobile_link": ""},
    }


def _times(task: dict) -> dict:
    return {"created_at": task["created_at"],
            "updated": task["finished_at"] or task["created_at"]}
