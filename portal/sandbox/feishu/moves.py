"""What people do with a card: decide, hand over, add approvers, withdraw, comment.

Fact sheet, sections 4.3 and 6. Callers have checked that the person may.
"""

from ..rules import current_rules
from ..store import Store, now_ms
from . import flow
from .nodes import START_ID

# add_sign_type → its entry in the timeline
ADDED = {1: "ADD_APPROVER_BEFORE", 2: "ADD_APPROVER_AFTER", 3: "ADD_APPROVER"}


def approve(store: Store, card: dict, task: dict, comment: str) -> None:
    flow.end_task(task, "APPROVED")
    flow.record(card, "PASS", task["user"], task, comment)
    flow.pass_on(store, card)
    flow.save(store, card)


def reject(store: Store, card: dict, task: dict, comment: str) -> None:
    """Ends the card, returns it to its originator, or refuses the revocation of an approved one."""
    if card["reject_option"] == 1 and not card["reverting"]:
        flow.end_pending(card)
        flow.record(card, "ROLLBACK", task["user"], task, comment)
        flow.add_start_task(store, card)
    else:
        flow.end_task(task, "REJECTED")
        flow.record(card, "REJECT", task["user"], task, comment)
        flow.finish(card, "APPROVED" if card["reverting"] else "REJECTED")
        card["reverting"] = False
    flow.save(store, card)


def resubmit(store: Store, card: dict, task: dict, comment: str) -> None:
    """The originator sends a returned card again, to the first node. Recorded as a PASS of theirs,
    which decides nothing."""
    flow.end_task(task, "APPROVED")
    flow.record(card, "PASS", task["user"], task, comment)
    card["node"] = 0
    flow.advance(store, card)
    flow.save(store, card)


def transfer(store: Store, card: dict, task: dict, to: str, comment: str) -> None:
    flow.end_task(task, "TRANSFERRED")
    flow.record(card, "TRANSFER", task["user"], task, comment, to=[to])
    flow.add_task(store, card, to)
    flow.save(store, card)


def add_sign(
    store: Store, card: dict, task: dict, users: list[str], *, kind=3, method="OR", comment=""
) -> None:
    """More approvers: before the task's owner, after this node, or beside the owner."""
    place, node = card["node"], card["nodes"][card["node"]]
    flow.record(card, ADDED[kind], task["user"], task, comment, to=users)
    if kind == 3:
        for user in users:
            flow.add_task(store, card, user)
    else:
        added = node | {"users": users, "type": method, "round": 0, "queue": [],
                        "node_id": f"{node['node_id'][:26]}{len(card['nodes']):06d}",
                        "custom_node_id": ""}
        card["nodes"].insert(place if kind == 1 else place + 1, added)
    if kind == 1:
        node["users"] = [one["user"] for one in card["tasks"] if one["status"] == "PENDING"]
        flow.end_pending(card)
        flow.advance(store, card)
    flow.save(store, card)


def can_withdraw(store: Store, card: dict) -> bool:
    """Does the definition let its originator take the card back, now?"""
    if not current_rules(store)["allow_withdraw"] or card["forbid_revoke"]:
        return False
    if card["status"] == "PENDING":
        return not card["reverting"] and (card["revert_option"] == 1 or card["node"] == 0)
    seconds = (now_ms() - (card["finished_at"] or 0)) / 1000
    return card["status"] == "APPROVED" and seconds < card["revert_interval"]


def withdraw(store: Store, card: dict) -> None:
    """Ends an open card. An approved one goes back into approval: its last node decides whether
    it is revoked."""
    if card["status"] == "PENDING":
        flow.finish(card, "CANCELED")
        card["terminated_by"] = card["originator"]
        flow.record(card, "CANCEL", card["originator"])
    else:
        asked = [place for place, node in enumerate(card["nodes"]) if node["is_asked"]]
        card |= {"status": "PENDING", "finished_at": None, "reverting": True,
                 "node": asked[-1] if asked else len(card["nodes"])}
        flow.advance(store, card)
    flow.save(store, card)


def comment(store: Store, card: dict, user: str, text: str) -> dict:
    """Comments stand beside the timeline, with times in whole seconds."""
    said = {
        "id": str(flow.FIRST_TASK_ID + store.count_up("feishu_comment")), "user": user,
        "comment": text, "at": now_ms() // 1000 * 1000, "updated_at": now_ms() // 1000 * 1000,
    }
    card["comments"].append(said)
    flow.save(store, card)
    return said


def is_returned(task: dict) -> bool:
    """A task of the originator, whose card came back."""
    return task["node_id"] == START_ID


def force(store: Store, card: dict, changes: dict) -> None:
    """Put a card into a state that people cannot; see the platform's `force`."""
    if changes.get("auto_pass"):
        flow.end_pending(card)
        if card["node"] < len(card["nodes"]):
            task = flow.add_task(store, card, flow.MACHINE, "APPROVED", "AUTO_PASS")
            flow.record(card, "AUTO_PASS", flow.MACHINE, task)
        flow.finish(card, "APPROVED")
    for line in changes.get("records", []):
        flow.record(card, line["type"], line.get("user", ""), None, line.get("remark", ""),
                    to=line.get("to", ()))
    names = ("status", "originator", "reverted")
    card |= {name: changes[name] for name in names if name in changes}
    if changes.get("deleted"):
        flow.finish(card, "DELETED")
        flow.record(card, "DELETE", flow.MACHINE)
    card["is_deleted"] = changes.get("deleted", card["is_deleted"])
    flow.save(store, card)
