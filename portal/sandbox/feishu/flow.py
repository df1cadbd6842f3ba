"""How an instance moves: nodes in order, tasks of people, the timeline of what was done.

Fact sheet, sections 4.2, 4.3 and 6 and traps 6 to 8. A card is a plain dict; nothing here checks
who may do what and nothing answers HTTP. A user of "" is the platform itself.
"""

from ..rules import current_rules
from ..store import Store, now_ms
from .nodes import START_ID

FIRST_TASK_ID = 7_564_289_813_299_920_000
MACHINE = ""


def start(store: Store, card: dict) -> None:
    """Write the first entries and open the first node; may end at once."""
    record(card, "START", card["originator"])
    if card["cc"]:
        record(card, "CC", card["originator"], to=card["cc"])
    advance(store, card)
    save(store, card)


def advance(store: Store, card: dict) -> None:
    """Open the current node; while nodes pass by themselves, the next; after the last, finish."""
    while card["node"] < len(card["nodes"]):
        _open(store, card)
        if not _is_done(card):
            return
        close_node(card)
    if card["reverting"]:
        _end(card, "CANCELED")
        card |= {"reverting": False, "reverted": True, "terminated_by": card["originator"]}
        record(card, "CANCEL", card["originator"])
    else:
        _end(card, "APPROVED")


def pass_on(store: Store, card: dict) -> None:
    """After a task ended well: open what comes next, if anything does."""
    node = card["nodes"][card["node"]]
    if node["queue"] and not any(t["status"] == "PENDING" for t in _tasks_now(card)):
        add_task(store, card, node["queue"].pop(0))
    if _is_done(card):
        close_node(card)
        advance(store, card)


def end_task(task: dict, status: str) -> None:
    task |= {"status": status, "finished_at": now_ms()}


def end_pending(card: dict, status: str = "DONE") -> None:
    """What was still open is open no more."""
    for task in card["tasks"]:
        if task["status"] == "PENDING":
            end_task(task, status)


def finish(card: dict, status: str) -> None:
    """End the whole card."""
    _end(card, status)
    end_pending(card)


def _end(card: dict, status: str) -> None:
    card |= {"status": status, "finished_at": now_ms()}


def close_node(card: dict) -> None:
    """The others of an OR node have nothing left to decide."""
    end_pending(card)
    card["node"] += 1


def pending_task(card: dict, user: str) -> dict | None:
    """This person's task that waits for them."""
    return next((t for t in card["tasks"] if t["user"] == user and t["status"] == "PENDING"), None)


def record(
    card: dict, kind: str, user: str, task: dict | None = None, remark="", *, to=()
) -> None:
    """Add an entry to the timeline. to: the people whom it concerns beside its user."""
    card["records"].append({
        "type": kind, "user": user, "at": now_ms(), "remark": remark, "result": "",
        "task_id": task["task_id"] if task else "", "to": list(to),
        "node_key": task["node_key"] if task else "",
    })


def add_task(store: Store, card: dict, user: str, status="PENDING", kind: str | None = None):
    """A task in the current node."""
    node = card["nodes"][card["node"]]
    return _add(store, card, node | {"type": kind or node["type"]}, user, status)


def add_start_task(store: Store, card: dict) -> None:
    """Back with the originator, who resubmits it."""
    node = {"node_id": START_ID, "custom_node_id": "", "name": "发起", "type": "AND",
            "key": "START", "round": 0}
    _add(store, card, node, card["originator"], "PENDING")


def _add(store: Store, card: dict, node: dict, user: str, status: str) -> dict:
    task = {
        "task_id": str(FIRST_TASK_ID + store.count_up("feishu_task")), "user": user,
        "status": status, "type": node["type"], "node_id": node["node_id"],
        "custom_node_id": node["custom_node_id"], "name": node["name"], "node_key": node["key"],
        "round": node["round"], "created_at": now_ms(),
        "finished_at": None if status == "PENDING" else now_ms(),
    }
    card["tasks"].append(task)
    return task


def save(store: Store, card: dict) -> None:
    """Keep the card, and what searching sees of it now (see searching.py)."""
    card["seen"].append({
        "at": now_ms(), "status": card["status"], "finished_at": card["finished_at"],
        "tasks": [dict(task) for task in card["tasks"]],
    })
    store.put_card(card)


def _open(store: Store, card: dict) -> None:
    """Tasks for the node's people; those who pass by rule pass at once."""
    node = card["nodes"][card["node"]]
    node["round"] += 1
    if not node["is_asked"]:
        return
    asked, has_passed = [], False
    for user in node["users"]:
        way = _way_past(store, card, user)
        if way is None:
            asked.append(user)
        elif way != "NOBODY":
            _pass_by_rule(store, card, user, way)
            has_passed = True
    if not asked and not has_passed:
        _pass_by_rule(store, card, MACHINE, "AUTO_PASS")  # 审批人为空时自动通过
    if node["type"] == "OR" and has_passed:
        return
    if node["type"] == "SEQUENTIAL":
        asked, node["queue"] = asked[:1], asked[1:]
    for user in asked:
        add_task(store, card, user)


def _way_past(store: Store, card: dict, user: str) -> str | None:
    """How this person gets past the current node undecided: a type of the timeline; None: they
    must decide; NOBODY: their superior would, and this organisation has none."""
    rules, node = current_rules(store), card["nodes"][card["node"]]
    is_starter = user == card["originator"]
    if node["is_auto"] or (
        is_starter and (node["starter"] == "AUTO_PASS" or rules["auto_pass_originator"])
    ):
        return "AUTO_PASS"
    if is_starter and node["starter"] != "STARTER":
        return "NOBODY"
    passed = {task["user"] for task in card["tasks"] if task["status"] == "APPROVED"}
    return "REMOVE_REPEAT" if rules["auto_pass_repeated"] and user in passed else None


def _pass_by_rule(store: Store, card: dict, user: str, way: str) -> None:
    """Automatic tasks and their entries name nobody; a repeated approver is named."""
    is_auto = way == "AUTO_PASS"
    task = add_task(store, card, MACHINE if is_auto else user, "APPROVED", way if is_auto else None)
    record(card, way, task["user"], task)


def _tasks_now(card: dict) -> list[dict]:
    """The tasks of the current node since it was opened last."""
    node = card["nodes"][card["node"]]
    return [t for t in card["tasks"]
            if (t["node_id"], t["round"]) == (node["node_id"], node["round"])]


def _is_done(card: dict) -> bool:
    """OR: one agreed. AND, SEQUENTIAL: nobody is left. A node that asks nobody is done."""
    node, tasks = card["nodes"][card["node"]], _tasks_now(card)
    if not node["is_asked"]:
        return True
    if node["type"] == "OR" and any(task["status"] == "APPROVED" for task in tasks):
        return True
    return bool(tasks) and not node["queue"] and all(t["status"] != "PENDING" for t in tasks)
