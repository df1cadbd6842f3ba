"""Approval definitions: create, overwrite, read, subscribe. Fact sheet, sections 3 and 7.1."""

import json
import uuid

from flask import Blueprint

from ..store import Store, now_ms
from . import i18n, nodes, widgets
from .answers import Refusal, bad_field, bad_param, json_body
from .gateway import T3, api_call
from .ids import asked_kind, shown_id, working_person
from .refusals import register
from .scopes import APPROVAL, APPROVAL_READ, DEFINITION
from .shapes import fitting

bp = Blueprint("feishu_definitions", __name__, url_prefix="/open-apis/approval/v4/approvals")
register(bp)

MOST_PEOPLE = 200
VIEWER_TYPES = ("TENANT", "DEPARTMENT", "USER", "NONE")
REVERT_SECONDS = 31 * 24 * 60 * 60
FIRST_APPROVAL_ID = 7_090_754_740_375_519_000
DEFAULT_SETTINGS = {
    "revert_interval": REVERT_SECONDS, "revert_option": 1, "reject_option": 0,
    "quick_approval_option": 1,
}
CREATE = {
    "approval_name*": str, "approval_code": str, "description": str,
    "viewers*": [{"viewer_type*": str, "viewer_user_id": str, "viewer_department_id": str}],
    "form*": {"form_content*": str}, "node_list*": nodes.SHAPE, "i18n_resources*": i18n.SHAPE,
    "settings": {"revert_interval": int, "revert_option": int, "reject_option": int,
                 "quick_approval_option": int},
    "config": {"can_update_viewer*": bool, "can_update_form*": bool, "can_update_process*": bool,
               "can_update_revert*": bool, "help_url": str},
    "icon": int, "process_manager_ids": [str],
}


@bp.post("")
@api_call(APPROVAL, DEFINITION)
def create_or_overwrite(store: Store, app: dict) -> dict:
    """https://open.feishu.cn/document/uAjLw4CM/ukTMukTMukTM/reference/approval-v4/approval/create

    With an approval_code the whole definition is replaced. Names need not be unique.
    """
    kind, body = asked_kind(app), fitting(json_body(), CREATE)
    content = _content(store, app, body, kind)
    code = body.get("approval_code")
    if code:
        definition = live_definition(store, code)
    else:
        number = FIRST_APPROVAL_ID + store.count_up("feishu_definition")
        definition = {
            "approval_code": str(uuid.uuid4()).upper(), "approval_id": str(number),
            "app_key": app["app_key"], "is_deleted": False, "version": 0, "created_at": now_ms(),
        }
    definition |= content | {"version": definition["version"] + 1, "modified_at": now_ms()}
    store.put("definition", definition["approval_code"], definition)
    return {name: definition[name] for name in ("approval_code", "approval_id")}


@bp.get("/<code>")
@api_call(APPROVAL, APPROVAL_READ, DEFINITION, tier=T3)
def read(store: Store, app: dict, code: str) -> dict:
    """https://open.feishu.cn/document/uAjLw4CM/ukTMukTMukTM/reference/approval-v4/approval/get"""
    kind, definition = asked_kind(app), known_definition(store, code)
    if definition["is_deleted"]:
        raise Refusal(1390016, "approval is deleted")
    return {
        "approval_name": definition["name"], "status": definition["status"],
        "form": json.dumps([widgets.read_shape(w) for w in definition["widgets"]],
                           ensure_ascii=False),
        "node_list": nodes.read_shape(definition),
        "viewers": [{"type": kind, "id": "", "user_id": ""} for kind in definition["viewers"]],
        "approval_admin_ids": [shown_id(app, user, kind) for user in definition["managers"]],
        "form_widget_relation": '{"groups":[]}',
    }


@bp.post("/<code>/subscribe")
@api_call(APPROVAL, DEFINITION, tier=T3)
def subscribe(store: Store, app: dict, code: str) -> dict:
    """https://open.feishu.cn/document/uAjLw4CM/ukTMukTMukTM/reference/approval-v4/approval/subscribe"""
    return _subscribe(store, app, code, wanted=True)


@bp.post("/<code>/unsubscribe")
@api_call(APPROVAL, DEFINITION, tier=T3)
def unsubscribe(store: Store, app: dict, code: str) -> dict:
    return _subscribe(store, app, code, wanted=False)


def _subscribe(store: Store, app: dict, code: str, wanted: bool) -> dict:
    known_definition(store, code)
    key = f"{app['app_key']}:{code}"
    if bool(store.get("subscription", key)) == wanted:
        raise Refusal(1390007, "subscription existed")
    if wanted:
        store.put("subscription", key, {"approval_code": code})
    else:
        store.drop("subscription", key)
    return {}


def known_definition(store: Store, code) -> dict:
    """Also a deleted one. Raises Refusal 1390002."""
    found = store.get("definition", code) if isinstance(code, str) else None
    if found is None:
        raise Refusal(1390002, "approval code not found")
    return found


def live_definition(store: Store, code) -> dict:
    found = known_definition(store, code)
    if found["is_deleted"]:
        raise Refusal(1390002, "approval code not found")
    return found


def _content(store: Store, app: dict, body: dict, kind: str) -> dict:
    """What a create or overwrite puts down. Raises Refusal."""

    def person(given) -> str:
        return working_person(store, app, given, kind)

    texts = i18n.Texts(body["i18n_resources"])
    asked = (body.get("settings") or {}).items()
    settings = DEFAULT_SETTINGS | {name: value for name, value in asked if value is not None}
    _check_settings(settings, body.get("icon") or 0)
    managers = body.get("process_manager_ids") or []
    if len(managers) > MOST_PEOPLE:
        raise bad_field("process_manager_ids", f"the max len is {MOST_PEOPLE}")
    found = widgets.checked_widgets(body["form"]["form_content"], texts)
    description = body.get("description")
    return {
        "name": texts.text(body["approval_name"], "approval_name"),
        "description": texts.text(description, "description") if description else "",
        "status": "ACTIVE", "viewers": _viewers(body["viewers"], person), "settings": settings,
        "widgets": found, "nodes": nodes.checked_nodes(body["node_list"], texts, found, person),
        "managers": [person(given) for given in managers], "icon": body.get("icon") or 0,
    }


def _check_settings(settings: dict, icon: int) -> None:
    if settings["revert_interval"] < 0:
        raise bad_param("settings.revert_interval")
    for name in ("revert_option", "reject_option", "quick_approval_option"):
        if settings[name] not in (0, 1):
            raise bad_param(f"settings.{name}")
    if not 0 <= icon <= 24:
        raise bad_param("icon")


def _viewers(given: list[dict], person) -> list[str]:
    if not 1 <= len(given) <= MOST_PEOPLE:
        raise bad_field("viewers", f"the len is 1 to {MOST_PEOPLE}")
    for viewer in given:
        if viewer["viewer_type"] not in VIEWER_TYPES:
            raise bad_param(f"viewer_type {viewer['viewer_type']}")
        if viewer["viewer_type"] == "USER":
            person(viewer.get("viewer_user_id"))
    return [viewer["viewer_type"] for viewer in given]
