"""The stand-in for DingTalk: api.dingtalk.com and oapi.dingtalk.com under one address."""

from ..store import Store
from . import acting, contacts, flow, instances, templates, tokens

NAME = "dingtalk"
TITLE = "钉钉"
BLUEPRINTS = (tokens.bp, contacts.bp, templates.bp, instances.bp, acting.bp)


def buttons(card: dict, userid: str) -> list[str]:
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
