"""Cards as people and tests see them, and what each person may press; a table of platforms."""

from . import dingtalk
from .people import name_of
from .store import Store

PLATFORMS = {dingtalk.NAME: dingtalk}


class NotAllowed(Exception):
    """This person may not press this on this card, now."""


def press(
    store: Store, card_id: str, action: str, userid: str, *, remark: str = "", to: str = ""
) -> dict:
    """Do what a button on the phone does; returns the card. Raises NotAllowed, KeyError."""
    with store.transaction():
        card = store.card(card_id)
        if card is None or card["is_deleted"]:
            raise KeyError(card_id)
        if action not in buttons(card, userid):
            raise NotAllowed(f"{userid} may not {action} this card now")
        if action == "redirect" and (to == userid or not store.get("person", to)):
            raise NotAllowed("to: a card is handed over to another person")
        platform = PLATFORMS[card["provider"]]
        platform.press(store, card, action, userid, remark=remark, to=to)
        return card


def buttons(card: dict, userid: str) -> list[str]:
    """The buttons this person has on this card."""
    found = PLATFORMS[card["provider"]].buttons(card, userid)
    return found if not card["is_deleted"] else []


def waits_for(card: dict, userid: str) -> bool:
    return "agree" in buttons(card, userid)


def concerns(card: dict, userid: str) -> bool:
    """Did this person start it, get it, or do something on it?"""
    people = {card["originator"], *card["cc"], *(task["user"] for task in card["tasks"])}
    return userid in people | {record["user"] for record in card["records"]}


def shown(store: Store, card: dict) -> dict:
    """A card as /control/cards gives it."""
    return {
        "id": card["id"], "provider": card["provider"], "app_key": card["app_key"],
        "process_code": card["process_code"], "title": card["title"], "status": card["status"],
        "result": card["result"], "originator": card["originator"],
        "originator_name": name_of(store, card["originator"]),
        "form": {value["name"]: value["value"] for value in card["values"]},
        "nodes": card["nodes"], "tasks": card["tasks"], "records": card["records"],
        "created_at": card["created_at"], "finished_at": card["finished_at"],
        "terminated_by": card["terminated_by"], "is_deleted": card["is_deleted"],
    }
