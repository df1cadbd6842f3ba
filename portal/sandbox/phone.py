"""The page of phones: one a person, with the cards that wait for them and their buttons."""

import json
import re

from flask import Blueprint, abort, redirect, render_template, request, url_for

from . import cards
from .people import name_of
from .store import Store, current_store

bp = Blueprint("phone", __name__)

OLD_CARDS = 20  # as many of the past as one phone shows
STATUS_NAMES = {
    ("RUNNING", ""): "审批中", ("COMPLETED", "agree"): "已同意", ("COMPLETED", "refuse"): "已拒绝",
    ("TERMINATED", ""): "已撤销",
}
RECORD_NAMES = {
    "START_PROCESS_INSTANCE": "发起审批", "EXECUTE_TASK_AUTO": "自动通过", "ADD_REMARK": "评论",
    "REDIRECT_TASK": "转交", "TERMINATE_PROCESS_INSTANCE": "撤销", "PROCESS_CC": "抄送",
    "FINISH_PROCESS_INSTANCE": "结束",
}
RESULT_NAMES = {"AGREE": "同意", "REFUSE": "拒绝"}
MACHINE_NAMES = {"bpms_system": "系统"}
LINK = re.compile(r"(https?://[^\s<>\"'，。；）]+)")


@bp.get("/")
def everybody():
    return _page(current_store().every("person"), is_one=False)


@bp.get("/phone/<person>")
def one(person: str):
    """One phone only, by user id or name."""
    return _page([_person(person)], is_one=True)


@bp.post("/phone/<person>/cards/<key>/<action>")
def press(person: str, key: str, action: str):
    """A button; then back to the page it stood on."""
    owner = _person(person)
    refused = None
    try:
        cards.press(current_store(), key, action, owner["userid"],
                    remark=request.form.get("remark", "").strip(), to=request.form.get("to", ""))
    except KeyError:
        abort(404)
    except cards.NotAllowed:
        refused = 1  # decided elsewhere since the page was drawn
    if request.form.get("back") == "one":
        return redirect(url_for(".one", person=owner["userid"], refused=refused))
    return redirect(url_for(".everybody", refused=refused, _anchor=f"phone-{owner['userid']}"))


@bp.after_request
def keep_safe(response):
    """The page needs its own style sheet and nothing else."""
    response.headers["Content-Security-Policy"] = (
        "default-src 'none'; style-src 'self'; img-src data:;"
        " form-action 'self'; frame-ancestors 'none'"
    )
    response.headers["Cache-Control"] = "no-store"
    return response


def _page(people: list[dict], is_one: bool) -> str:
    store = current_store()
    known = store.cards()[::-1]
    return render_template(
        "phones.html", is_one=is_one, refused=request.args.get("refused"),
        platforms=[{"name": p.NAME, "title": p.TITLE} for p in cards.PLATFORMS.values()],
        apps=store.every("app"), everybody=store.every("person"),
        phones=[_phone(store, person, known) for person in people],
    )


def _phone(store: Store, person: dict, known: list[dict]) -> dict:
    mine = [c for c in known if not c["is_deleted"] and cards.concerns(c, person["userid"])]
    waiting = [card for card in mine if cards.waits_for(card, person["userid"])]
    others = [card for card in mine if card not in waiting][:OLD_CARDS]
    return {
        "person": person,
        "is_open": any("withdraw" in cards.buttons(card, person["userid"]) for card in others),
        "waiting": [_drawn(store, card, person["userid"]) for card in waiting],
        "others": [_drawn(store, card, person["userid"]) for card in others],
    }


def _drawn(store: Store, card: dict, userid: str) -> dict:
    """A card in words for the page."""
    state = (card["status"], card["result"])
    return {
        "id": card["id"], "title": card["title"], "state": card["status"].lower(),
        "result": card["result"], "provider": card["provider"],
        "status": STATUS_NAMES.get(state) or " ".join(state).strip(),
        "values": [_drawn_value(value) for value in card["values"]],
        "history": [_drawn_record(store, record) for record in card["records"]],
        "waiting_for": [name_of(store, task["user"]) for task in card["tasks"]
                        if task["status"] == "RUNNING"],
        "buttons": cards.buttons(card, userid),
    }


def _drawn_value(value: dict) -> dict:
    rows = None
    if value["component_type"] == "TableField" and value["value"]:
        rows = json.loads(value["value"])
    # Odd places of the split are the links.
    return {"name": value["name"], "parts": LINK.split(value["value"]), "rows": rows}


def _drawn_record(store: Store, record: dict) -> dict:
    who = MACHINE_NAMES.get(record["user"]) or name_of(store, record["user"])
    what = RECORD_NAMES.get(record["type"]) or RESULT_NAMES.get(record["result"])
    return {
        "at": record["at"], "who": who, "what": what or record["type"], "remark": record["remark"],
    }


def _person(key: str) -> dict:
    """By user id, or by name."""
    people = current_store().every("person")
    found = [p for p in people if p["userid"] == key] or [p for p in people if p["name"] == key]
    return found[0] if found else abort(404)
