"""The stand-in for DingTalk: api.dingtalk.com and oapi.dingtalk.com under one address."""

from ..store import Store
from . import acting, contacts, flow, instances, tokens
from . import templates as forms
from .answers import owns_path, unknown_path
from .console import change_template, templates
from .scopes import CONSOLE_NAMES, DEFAULT_SCOPES
from .tokens import revoke_tokens
from .words import actor, history, state

__all__ = [
    "BLUEPRINTS", "CONSOLE_NAMES", "DEFAULT_SCOPES", "KEY_NAMES", "NAME", "OTHER_NAMES", "TABLE",
    "TITLE", "WAITING", "actor", "buttons", "change_template", "extra", "force", "history",
    "owns_path", "people", "press", "revoke_tokens", "state", "templates", "unknown_path",
]  # fmt: skip

NAME = "dingtalk"
TITLE = "钉钉"
KEY_NAMES = ("AppKey", "AppSecret")
OTHER_NAMES = {}  # of permissions, beside CONSOLE_NAMES
WAITING = "RUNNING"  # the status of a task that waits for its person
TABLE = "TableField"
BLUEPRINTS = (tokens.bp, contacts.bp, forms.bp, instances.bp, acting.bp)


def buttons(store: Store, card: dict, userid: str) -> list[str]:
    """What this person may press. Everybody may comment; the 15 seconds bind the API only."""
    found = ["comment"]
    if card["status"] == "RUNNING":
        if flow.running_task(card, userid):
            found += ["agree", "refuse", "redirect"]
        if userid == card["originator"]:
            found.append("withdraw")
    return found


def press(store: Store, card: dict, action: str, userid: str, *, remark: str, to: str) -> None:
    """Carry out a button that this person has."""
    task = flow.running_task(card, userid)
    match action:
        case "agree" | "refuse":
            flow.decide(store, card, task, action == "agree", remark)
        case "redirect":
            flow.redirect(store, card, task, to, remark)
        case "withdraw":
            flow.terminate(store, card, userid, remark)
        case "comment":
            flow.comment(store, card, userid, remark)


def people(card: dict) -> set[str]:
    """Whom a card concerns beside those in its tasks and records."""
    return set()


def extra(card: dict) -> dict:
    """What a card of this platform has beside the common members."""
    said = [one for one in card["records"] if one["type"] == "ADD_REMARK"]
    return {"comments": [
        {"user": one["user"], "comment": one["remark"], "at": one["at"]} for one in said
    ]}


def force(store: Store, card: dict, changes: dict) -> None:
    """Put a card into a state that people cannot: any status and result, passed by itself,
    deleted, extra lines of history."""
    if changes.get("auto_pass"):
        flow.pass_by_itself(store, card)
    for line in changes.get("records", []):
        flow.record(card, line["user"], line["type"], line.get("result", "NONE"),
                    line.get("remark", ""))
    card |= {name: changes[name] for name in ("status", "result", "originator") if name in changes}
    card["is_deleted"] = changes.get("deleted", card["is_deleted"])
    store.put_card(card)
