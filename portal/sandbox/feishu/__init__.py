"""The stand-in for Feishu: open.feishu.cn's /open-apis."""

from ..store import Store
from . import comments, contacts, definitions, flow, instances, moves, searching, tasks, tokens
from .answers import owns_path, unknown_path
from .console import change_template, templates
from .moves import force
from .scopes import CONSOLE_NAMES, DEFAULT_SCOPES, OTHER_NAMES
from .tokens import revoke_tokens
from .widgets import TABLE
from .words import actor, history, state

__all__ = [
    "BLUEPRINTS", "CONSOLE_NAMES", "DEFAULT_SCOPES", "KEY_NAMES", "NAME", "OTHER_NAMES", "TABLE",
    "TITLE", "WAITING", "actor", "buttons", "change_template", "extra", "force", "history",
    "owns_path", "people", "press", "revoke_tokens", "state", "templates", "unknown_path",
]  # fmt: skip

NAME = "feishu"
TITLE = "飞书"
KEY_NAMES = ("App ID", "App Secret")
WAITING = "PENDING"  # the status of a task that waits for its person
BLUEPRINTS = (
    tokens.bp, contacts.bp, definitions.bp, instances.bp, tasks.bp, comments.bp, searching.bp,
)


def buttons(store: Store, card: dict, userid: str) -> list[str]:
    """What this person may press. Everybody may comment."""
    found = ["comment"]
    task = flow.pending_task(card, userid)
    if card["status"] == "PENDING" and task:
        is_back = moves.is_returned(task)
        found += ["resubmit"] if is_back else ["agree", "refuse", "redirect", "add_sign"]
    if userid == card["originator"] and moves.can_withdraw(store, card):
        found.append("withdraw")
    return found


def press(store: Store, card: dict, action: str, userid: str, *, remark: str, to: str) -> None:
    """Carry out a button that this person has."""
    task = flow.pending_task(card, userid)
    match action:
        case "agree":
            moves.approve(store, card, task, remark)
        case "refuse":
            moves.reject(store, card, task, remark)
        case "redirect":
            moves.transfer(store, card, task, to, remark)
        case "add_sign":
            moves.add_sign(store, card, task, [to], comment=remark)
        case "resubmit":
            moves.resubmit(store, card, task, remark)
        case "withdraw":
            moves.withdraw(store, card)
        case "comment":
            moves.comment(store, card, userid, remark)


def people(card: dict) -> set[str]:
    """Whom this card concerns beside its originator and approvers."""
    return {said["user"] for said in card["comments"]}


def extra(card: dict) -> dict:
    """What a card of this platform has beside the common members."""
    names = ("uuid", "approval_code", "comments", "reverted", "reverting", "serial")
    return {name: card[name] for name in names}
