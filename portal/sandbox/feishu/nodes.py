"""Nodes of a definition: are they well made, and how reading shows them.

Fact sheet, sections 3.1 and 3.3.
"""

import hashlib
from collections.abc import Callable

from .answers import bad_param
from .i18n import Texts

START_ID = "b078ffd28db767c502ac367053f6e0ac"  # the same in every definition
END_ID = "b1a326c06d88bf042f73d70f50197905"
NODE_TYPES = ("AND", "OR", "SEQUENTIAL")
BY_RANK = (
    "Supervisor", "SupervisorTopDown", "DepartmentManager", "DepartmentManagerTopDown",
)  # fmt: skip
APPROVER_TYPES = (*BY_RANK, "Personal", "Free")
STARTER = ("STARTER", "AUTO_PASS", "SUPERVISOR", "DEPARTMENT_MANAGER")
RANGES = {"ALL": 0, "ROLE": 1, "PERSONAL": 2}
PERSON = {"type*": str, "user_id": str, "level": str}
SHAPE = [{
    "id*": str, "name": str, "node_type": str, "approver": [PERSON], "ccer": [PERSON],
    "privilege_field": {"writable*": [str], "readable*": [str]}, "approver_chosen_multi": bool,
    "approver_chosen_range": [{"type*": str, "id_list": [str]}], "starter_assignee": str,
}]  # fmt: skip


def checked_nodes(
    given: list[dict], texts: Texts, widgets: list[dict], person: Callable[[str], str]
) -> list[dict]:
    """The nodes between START and END. person: user id as given → userid, or Refusal."""
    ids = [node["id"] for node in given]
    if len(ids) < 2 or (ids[0], ids[-1]) != ("START", "END") or len(set(ids)) != len(ids):
        raise bad_param("node_list begins with START, ends with END, and each id is there once")
    for node in (given[0], given[-1]):
        if any(node.get(name) for name in ("name", "node_type", "approver")):
            raise bad_param(f"节点={node['id']} has no name, node_type or approver")
    known = {key for widget in widgets for key in _ids(widget)}
    return [_checked(node, texts, known, person) for node in given[1:-1]]


def _checked(given: dict, texts: Texts, widgets: set[str], person) -> dict:
    where = f"节点={given['id']}"
    approvers = [_approver(one, where, person) for one in given.get("approver") or ()]
    ccers = [_approver(one, where, person) for one in given.get("ccer") or ()]
    is_free = any(one["type"] == "Free" for one in approvers)
    if any(one["type"] == "Free" for one in ccers):
        raise bad_param(f"{where}，ccer type Free")
    kind, starter = given.get("node_type") or "AND", given.get("starter_assignee") or "AUTO_PASS"
    if kind not in NODE_TYPES or (kind == "SEQUENTIAL" and not is_free):
        raise bad_param(f"{where}，node_type {kind}")
    if starter not in STARTER:
        raise bad_param(f"{where}，starter_assignee {starter}")
    for names in (given.get("privilege_field") or {}).values():
        if not set(names) <= widgets:
            raise bad_param(f"{where}，privilege_field")
    ranges = [_range(one, where, person) for one in given.get("approver_chosen_range") or ()]
    # Where the document names no default, the one that hurts stands here: AUTO_PASS, one only.
    return {
        "id": given["id"], "name": texts.text(given["name"], where) if given.get("name") else "",
        "type": kind, "approvers": approvers, "ccers": ccers, "is_free": is_free,
        "multi": bool(given.get("approver_chosen_multi")), "starter": starter, "ranges": ranges,
    }


def _range(given: dict, where: str, person) -> dict:
    """Among whom the originator may choose. This organisation has no roles."""
    if given["type"] not in RANGES:
        raise bad_param(f"{where}，approver_chosen_range")
    ids = given.get("id_list") or []
    users = [person(one) for one in ids] if given["type"] == "PERSONAL" else []
    return {"type": given["type"], "ids": ids, "users": users}


def _approver(given: dict, where: str, person) -> dict:
    if given["type"] not in APPROVER_TYPES:
        raise bad_param(f"{where}，approver type {given['type']}")
    if given["type"] in BY_RANK and not given.get("level"):
        raise bad_param(f"{where}，level is required")
    if given["type"] != "Personal":
        return {"type": given["type"]}
    return {"type": "Personal", "user": person(given.get("user_id"))}


def _ids(widget: dict) -> list[str]:
    return [widget["id"], *(key for child in widget.get("children", ()) for key in _ids(child))]


def node_id(approval_code: str, custom: str) -> str:
    """The id that the platform gives a node beside its own one."""
    text = f"{approval_code}:{custom}"
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()


def read_shape(definition: dict) -> list[dict]:
    """All nodes as reading shows them: without approvers, and with both ends."""
    shown = [_shown(definition["approval_code"], node) for node in definition["nodes"]]
    ends = [("结束", END_ID, False), ("提交", START_ID, True)]
    return shown + [
        {"name": name, "need_approver": False, "node_id": key, "node_type": "AND",
         "approver_chosen_multi": multi, "require_signature": False}
        for name, key, multi in ends
    ]


def _shown(approval_code: str, node: dict) -> dict:
    is_cc = bool(node["ccers"]) and not node["approvers"]
    shown = {
        "name": node["name"], "need_approver": node["is_free"],
        "node_id": node_id(approval_code, node["id"]), "custom_node_id": node["id"],
        "node_type": "CC_NODE" if is_cc else node["type"],
        "approver_chosen_multi": node["multi"], "require_signature": False,
    }
    if node["is_free"]:
        ranges = node["ranges"] or [{"type": "ALL", "ids": []}]
        shown["approver_chosen_range"] = [
            {"approver_range_type": RANGES[one["type"]], "approver_range_ids": one["ids"]}
            for one in ranges
        ]
    return shown
