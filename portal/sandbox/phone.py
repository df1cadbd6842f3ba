"""The page of phones: one a person, with the cards that wait for them and their buttons."""

import json
import re

from flask import Blueprint, abort, redirect, render_template, request, url_for

from . import cards
from .headers import keep_safe
from .people import name_of
from .platforms import PLATFORMS
from .seed import FIRST_APPS
from .store import Store, current_store

bp = Blueprint("phone", __name__)
bp.after_request(keep_safe)

OLD_CARDS = 20  # as many of the past as one phone shows
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


def _page(people: list[dict], is_one: bool) -> str:
    store = current_store()
    known = store.cards()[::-1]
    return render_template(
        "phones.html", is_one=is_one, refused=request.args.get("refused"),
        platforms=[_platform(store, platform) for platform in PLATFORMS.values()],
        everybody=store.every("person"),
        phones=[_phone(store, person, known) for person in people],
    )


def _platform(store: Store, platform) -> dict:
    """A platform with its own app, and what else tests may have added."""
    first = FIRST_APPS[platform.NAME][0]
    apps = [app for app in store.every("app") if app["provider"] == platform.NAME]
    app = next((app for app in apps if app["app_key"] == first), apps[0])
    has_address = platform.NAME not in cards.PLATFORMS  # the tracker is known by its address
    return {
        "name": platform.NAME, "title": platform.TITLE, "key_names": platform.KEY_NAMES,
        "key": request.host_url.rstrip("/") if has_address else app["app_key"],
        "secret": app["app_secret"],
        "projects": store.every("coding_project") if has_address else [],
        "others": [app["app_key"] for app in apps if app["app_key"] != first],
    }


def _phone(store: Store, person: dict, known: list[dict]) -> dict:
    mine = [c for c in known if not c["is_deleted"] and cards.concerns(c, person["userid"])]
    waiting = [card for card in mine if cards.waits_for(card, person["userid"])]
    others = [_drawn(store, card, person["userid"])
              for card in [card for card in mine if card not in waiting][:OLD_CARDS]]
    return {
        "person": person, "others": others,
        "is_open": any("withdraw" in card["buttons"] and card["look"] == "running"
                       for card in others),
        "waiting": [_drawn(store, card, person["userid"]) for card in waiting],
    }


def _drawn(store: Store, card: dict, userid: str) -> dict:
    """A card in words for the page."""
    platform = cards.platform_of(card)
    status, look = platform.state(card)
    return {
        "id": card["id"], "title": card["title"], "state": card["status"].lower(),
        "result": card["result"], "provider": card["provider"], "platform": platform.TITLE,
        "status": status, "look": look,
        "values": [_drawn_value(value, platform) for value in card["values"]],
        "history": [line | {"who": _name(store, platform, line["user"])}
                    for line in platform.history(card)],
        "waiting_for": [_name(store, platform, user) for user in cards.waiting_people(card)],
        "buttons": cards.buttons(store, card, userid),
    }


def _drawn_value(value: dict, platform) -> dict:
    is_table = value["component_type"] == platform.TABLE and value["value"]
    # Odd places of the split are the links.
    return {"name": value["name"], "parts": LINK.split(value["value"]),
            "rows": json.loads(value["value"]) if is_table else None}


def _name(store: Store, platform, user: str) -> str:
    return platform.actor(user) or name_of(store, user)


def _person(key: str) -> dict:
    """By user id, or by name."""
    people = current_store().every("person")
    found = [p for p in people if p["userid"] == key] or [p for p in people if p["name"] == key]
    return found[0] if found else abort(404)
