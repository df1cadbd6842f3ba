"""How an instance moves: nodes in order, one task per person, the history of what was done.

Fact sheet, sections 5 and 7 and the traps. A card is a plain dict; nothing here checks who may do
what (actions.py does) and nothing answers HTTP.
"""

import uuid

from ..rules import current_rules
from ..store import Store, now_ms

MACHINE = "bpms_system"
FIRST_TASK_ID = 67_583_405_629  # real ones are longer than 32 bits


def start(store: Store, card: dict) -> None:
    """Write the first record and open the first node; may end at once."""
    record(card, card["originator"], "START_PROCESS_INSTANCE")
    if card["cc"] and card["cc_position"] in ("START", "START_FINISH"):
        record(card, MACHINE, "PROCESS_CC", cc=card["cc"])
    if not card["nodes"]:
        # Without approvers the template's own flow rules, which knows nobody: it passes by itself.
        record(card, MACHINE, "EXECUTE_TASK_AUTO", "AGREE")
        finish(card, "agree", MACHINE)
    else:
        _open_nodes(store, card)
    store.put_card(card)


def decide(store: Store, card: dict, task: dict, agreed: bool, remark: str) -> None:
    """One person's decision on their running task."""
    result = "AGREE" if agreed else "REFUSE"
    _end_task(task, "COMPLETED", result)
    record(card, task["user"], "EXECUTE_TASK_NORMAL", result, remark, activity=task["activity_id"])
    if not agreed:
        finish(card, "refuse", task["user"])
    elif _is_node_done(card):
        _close_node(card)
        _open_nodes(store, card)
    store.put_card(card)


def redirect(store: Store, card: dict, task: dict, to: str, remark: str) -> None:
    """Hand a running task to somebody else; the old one ends as REDIRECTED."""
    _end_task(task, "COMPLETED", "REDIRECTED")
    record(card, task["user"], "REDIRECT_TASK", "NONE", remark, activity=task["activity_id"])
    _add_task(store, card, to)
    store.put_card(card)


def comment(store: Store, card: dict, user: str, text: str) -> None:
    record(card, user, "ADD_REMARK", "NONE", text)
    store.put_card(card)


def terminate(store: Store, card: dict, user: str, remark: str) -> None:
    """Withdrawn (已撤销): ended without a result."""
    card |= {"status": "TERMINATED", "result": "", "finished_at": now_ms(), "terminated_by": user}
    _end_running(card, "CANCELED")
    record(card, user, "TERMINATE_PROCESS_INSTANCE", "NONE", remark)
    store.put_card(card)


def pass_by_itself(store: Store, card: dict) -> None:
    """The platform agrees with nobody deciding (自动通过)."""
    record(card, MACHINE, "EXECUTE_TASK_AUTO", "AGREE")
    finish(card, "agree", MACHINE)
    store.put_card(card)


def finish(card: dict, result: str, last_actor: str) -> None:
    card |= {"status": "COMPLETED", "result": result, "finished_at": now_ms()}
    _end_running(card, "CANCELED")
    if card["cc"] and card["cc_position"] in ("FINISH", "START_FINISH"):
        record(card, MACHINE, "PROCESS_CC", cc=card["cc"])
    record(card, last_actor, "FINISH_PROCESS_INSTANCE")


def running_task(card: dict, user: str) -> dict | None:
    """This person's task that waits for them."""
    return next((t for t in card["tasks"] if t["user"] == user and t["status"] == "RUNNING"), None)


def record(
    card: dict, user: str, kind: str, result="NONE", remark="", *, activity="", cc=()
) -> None:
    """Add a line to the history (operationRecords)."""
    names = {node["activity_id"]: node["name"] for node in card["nodes"]}
    card["records"].append({
        "user": user, "at": now_ms(), "type": kind, "result": result, "remark": remark,
        "activity_id": activity, "show_name": names.get(activity, ""), "cc": list(cc),
    })


def _open_nodes(store: Store, card: dict) -> None:
    """Open the current node; while nodes pass by themselves, the next; after the last, finish."""
    while card["node"] < len(card["nodes"]):
        node = card["nodes"][card["node"]]
        passes = _who_passes(store, card)
        for user in node["users"]:
            task = _add_task(store, card, user)
            if user in passes:
                _end_task(task, "COMPLETED", "AGREE")
                record(card, user, "EXECUTE_TASK_AUTO", "AGREE", activity=task["activity_id"])
        if not _is_node_done(card):
            return
        _close_node(card)
    finish(card, "agree", card["records"][-1]["user"])


def _who_passes(store: Store, card: dict) -> set[str]:
    """Whom the template's settings 自动通过 let pass: off unless the rules say so."""
    rules, passes = current_rules(store), set()
    if rules["auto_pass_originator"]:
        passes.add(card["originator"])
    if rules["auto_pass_repeated"]:
        passes |= {task["user"] for task in card["tasks"] if task["result"] == "AGREE"}
    return passes


def _is_node_done(card: dict) -> bool:
    """AND: nobody is left to decide. OR, NONE: one agreed."""
    node = card["nodes"][card["node"]]
    tasks = [t for t in card["tasks"] if t["activity_id"] == node["activity_id"]]
    if node["action_type"] == "AND":
        return all(task["status"] != "RUNNING" for task in tasks)
    return any(task["result"] == "AGREE" for task in tasks)


def _close_node(card: dict) -> None:
    """The others of an OR node have nothing left to decide."""
    _end_running(card, "CANCELED")
    card["node"] += 1


def _add_task(store: Store, card: dict, user: str) -> dict:
    node = card["nodes"][card["node"]]
    task = {
        "task_id": FIRST_TASK_ID + store.count_up("task"), "user": user, "status": "RUNNING",
        "result": "NONE", "created_at": now_ms(), "finished_at": None,
        "activity_id": node["activity_id"], "name": node["name"],
    }
    card["tasks"].append(task)
    store.put("task", task["task_id"], {"card": card["id"]})
    return task


def _end_task(task: dict, status: str, result: str) -> None:
    task |= {"status": status, "result": result, "finished_at": now_ms()}


def _end_running(card: dict, status: str) -> None:
    for task in card["tasks"]:
        if task["status"] == "RUNNING":
            _end_task(task, status, "NONE")


def new_node(action_type: str, users: list[str], position: int) -> dict:
    return {
        "activity_id": uuid.uuid4().hex[:8] + "-" + uuid.uuid4().hex[:4],
        "action_type": action_type, "users": users, "name": f"审批人{position}",
    }
