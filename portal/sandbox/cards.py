"""Cards as people and tests see them, and what each person may press; a table of platforms.

What a platform's package gives stands in its __all__, the same names in each.
"""

from . import dingtalk, feishu
from .people import name_of
from .store import Store

PLATFORMS = {platform.NAME: platform for platform in (dingtalk, feishu)}
HANDED_ON = ("redirect", "add_sign")  # these need somebody else


class NotAllowed(Exception):
    """This person may not press this on this card, now."""


def platform_of(card: dict):
    return PLATFORMS[card["provider"]]


def press(
    store: Store, card_id: str, action: str, userid: str, *, remark: str = "", to: str = ""
) -> dict:
    """Do what a button on the phone does; returns the card. Raises NotAllowed, KeyError."""
    with store.transaction():
        card = store.card(card_id)
        if card is None or card["is_deleted"]:
            raise KeyError(card_id)
        if action not in buttons(store, card, userid):
            raise NotAllowed(f"{userid} may not {action} this card now")
        if action in HANDED_ON and (to == userid or not store.get("person", to)):
            raise NotAllowed("to: a card is handed over to another person")
        platform_of(card).press(store, card, action, userid, remark=remark, to=to)
        return card


def buttons(store: Store, card: dict, userid: str) -> list[str]:
    """The buttons this person has on this card."""
    return [] if card["is_deleted"] else platform_of(card).buttons(store, card, userid)


def waits_for(card: dict, userid: str) -> bool:
    """Has this person something to do here?"""
    return not card["is_deleted"] and userid in waiting_people(card)


def waiting_people(card: dict) -> list[str]:
    """Whose tasks are open, by userid."""
    status = platform_of(card).WAITING
    return [task["user"] for task in card["tasks"] if task["status"] == status]


def concerns(card: dict, userid: str) -> bool:
    """Did this person start it, get it, or do something on it?"""
    people = {card["originator"], *card["cc"], *(task["user"] for task in card["tasks"])}
    people |= {record["user"] for record in card["records"]}
    return userid in people | platform_of(card).people(card)


def shown(store: Store, card: dict) -> dict:
    """A card as /control/cards gives it; a platform may add members of its own."""
    return {
        "id": card["id"], "provider": card["provider"], "app_key": card["app_key"],
        "process_code": card["process_code"], "title": card["title"], "status": card["status"],
        "result": card["result"], "originator": card["originator"],
        "originator_name": name_of(store, card["originator"]),
        "form": {value["name"]: value["value"] for value in card["values"]},
        "nodes": card["nodes"], "tasks": card["tasks"], "records": card["records"],
        "created_at": card["created_at"], "finished_at": card["finished_at"],
        "terminated_by": card["terminated_by"], "is_deleted": card["is_deleted"],
        **platform_of(card).extra(card),
    }
