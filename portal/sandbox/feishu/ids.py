"""Whose id is it? open_id (one app's), union_id and user_id of the organisation's people.

Fact sheet, sections 0 and 2 and trap 17.
"""

import hashlib

from flask import request

from ..store import Store
from .answers import Refusal, bad_field
from .gateway import need_scope
from .scopes import EMPLOYEE_ID

KINDS = ("open_id", "union_id", "user_id")
BOT = "bot"  # the app's own bot may start, approve and comment like a person


def asked_kind(app: dict) -> str:
    """The query's user_id_type. user_id needs its own permission."""
    kind = request.args.get("user_id_type") or "open_id"
    if kind not in KINDS:
        raise bad_field("user_id_type", f"user_id_type is optional, options: [{','.join(KINDS)}]",
                        kind)
    if kind == "user_id":
        need_scope(app, (EMPLOYEE_ID,))
    return kind


def open_id(app_key: str, userid: str) -> str:
    return "ou_" + _digest(f"{app_key}:{userid}")


def shown_id(app: dict, userid: str, kind: str) -> str:
    """How an answer names a person; a machine has no id."""
    if not userid:
        return ""
    if kind == "open_id":
        return open_id(app["app_key"], userid)
    return "on_" + _digest(userid) if kind == "union_id" else userid


def find_person(store: Store, app: dict, given, kind: str) -> dict | None:
    """Whom an id names, also who has left. Raises Refusal for an open_id of another app."""
    if not isinstance(given, str) or not given:
        return None
    if kind == "user_id":
        return store.get("person", given)
    people = store.every("person")
    if kind == "open_id":
        people.append({"userid": BOT, "name": "应用机器人", "active": True, "in_scope": True})
    found = [p for p in people if shown_id(app, p["userid"], kind) == given]
    if not found and kind == "open_id":
        _refuse_foreign(store, app, given, people)
    return found[0] if found else None


def working_person(store: Store, app: dict, given, kind: str) -> str:
    """The userid of somebody who works here. Raises Refusal 1390004."""
    person = find_person(store, app, given, kind)
    if person is None or not person["active"]:
        raise Refusal(1390004, "user_id or open_id not found")
    return person["userid"]


def _refuse_foreign(store: Store, app: dict, given: str, people: list[dict]) -> None:
    others = [a["app_key"] for a in store.every("app")
              if a["provider"] == "feishu" and a["app_key"] != app["app_key"]]
    for other in others:
        if any(open_id(other, person["userid"]) == given for person in people):
            raise Refusal(99992361, "open_id cross app")


def _digest(text: str) -> str:
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()
