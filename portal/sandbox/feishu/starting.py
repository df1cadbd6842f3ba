"""Starting an instance, and every reason not to. Fact sheet, section 4.1."""

import hashlib
import json
import time
import uuid

from ..store import Store, now_ms
from . import flow, i18n
from .answers import Refusal, bad_field, bad_param
from .definitions import known_definition
from .forms import filled_form
from .ids import working_person
from .nodes import node_id
from .shapes import fitting

LISTED = [{"key*": str, "value*": [str]}]
# The document calls cancel_bot_notification a text, the official SDK a number.
CREATE = {
    "approval_code*": str, "user_id": str, "open_id": str, "department_id": str, "form*": str,
    "node_approver_user_id_list": LISTED, "node_approver_open_id_list": LISTED,
    "node_cc_user_id_list": LISTED, "node_cc_open_id_list": LISTED, "uuid": str,
    "allow_resubmit": bool, "allow_submit_again": bool, "cancel_bot_notification": str | int,
    "forbid_revoke": bool, "title": str, "title_display_method": int,
    "i18n_resources": i18n.SHAPE,
    "node_auto_approval_list": [{"node_id_type": str, "node_id": str}],
}
LONGEST_UUID = 64
MOST_CC, MOST_AUTO = 20, 10
SAME_MS = 1000  # within a second, an identical request makes no second instance


def start_card(store: Store, app: dict, body: dict) -> dict:
    """Check everything, then start. Raises Refusal; then nothing has happened."""
    fitting(body, CREATE)
    key = body.get("uuid") or ""
    earlier = _same_request(store, app, body) if not key else None
    if earlier:
        return earlier
    _check_uuid(store, key)
    definition = _startable(store, body["approval_code"])
    originator = _originator(store, app, body)
    words = i18n.Texts(body["i18n_resources"]) if body.get("i18n_resources") else None
    code = str(uuid.uuid4()).upper()
    card = {
        "id": code, "provider": "feishu", "app_key": app["app_key"], "result": "",
        "process_code": definition["approval_code"], "approval_code": definition["approval_code"],
        "title": _title(definition, body, words), "name": definition["name"],
        "status": "PENDING", "uuid": key, "originator": originator,
        "serial": time.strftime("%Y%m%d") + f"{store.count_up('feishu_serial'):04d}",
        "department": body.get("department_id") or "",
        "values": filled_form(definition, body["form"], words),
        "nodes": _nodes(store, app, definition, body), "node": 0,
        "cc": _cc(store, app, definition, body), "tasks": [], "records": [], "comments": [],
        "seen": [], "created_at": now_ms(), "finished_at": None, "terminated_by": None,
        "is_deleted": False, "reverted": False, "reverting": False,
        "forbid_revoke": bool(body.get("forbid_revoke")),
        **{name: definition["settings"][name]
           for name in ("revert_interval", "revert_option", "reject_option")},
    }
    if key:
        store.put("feishu_uuid", key.lower(), {"card": code})
    else:
        store.put("feishu_request", _fingerprint(app, body), {"card": code, "at": now_ms()})
    flow.start(store, card)
    return card


def _check_uuid(store: Store, key: str) -> None:
    """Unique in the tenant whatever the case; the older instance's code is not told."""
    if len(key) > LONGEST_UUID:
        raise bad_field("uuid", f"the max len is {LONGEST_UUID}", key)
    if key and store.get("feishu_uuid", key.lower()):
        raise Refusal(60012, "uuid conflict")


def _same_request(store: Store, app: dict, body: dict) -> dict | None:
    same = store.get("feishu_request", _fingerprint(app, body))
    return store.card(same["card"]) if same and now_ms() - same["at"] < SAME_MS else None


def _fingerprint(app: dict, body: dict) -> str:
    text = json.dumps([app["app_key"], body], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


def _startable(store: Store, code: str) -> dict:
    definition = known_definition(store, code)
    if definition["is_deleted"]:
        raise Refusal(1390016, "approval is deleted")
    if definition["status"] != "ACTIVE":
        raise Refusal(1390015, "approval is not active")
    return definition


def _originator(store: Store, app: dict, body: dict) -> str:
    """user_id wins when both are given."""
    if body.get("user_id"):
        return working_person(store, app, body["user_id"], "user_id")
    if not body.get("open_id"):
        raise bad_field("user_id", "one of user_id and open_id is required")
    return working_person(store, app, body["open_id"], "open_id")


def _title(definition: dict, body: dict, words: i18n.Texts | None) -> str:
    if not body.get("title"):
        return definition["name"]
    if words is None:
        raise bad_param("title needs i18n_resources")
    title = words.text(body["title"], "title")
    method = body.get("title_display_method") or 0
    if method not in (0, 1):
        raise bad_param("title_display_method")
    return title if method == 1 else f"{definition['name']}｜{title}"


def _nodes(store: Store, app: dict, definition: dict, body: dict) -> list[dict]:
    """The definition's nodes with the people who are asked."""
    chosen = _people_by_node(store, app, definition, body, "node_approver")
    automatic = [one.get("node_id") for one in body.get("node_auto_approval_list") or ()]
    if len(automatic) > MOST_AUTO:
        raise bad_field("node_auto_approval_list", f"the max len is {MOST_AUTO}")
    nodes = []
    for position, node in enumerate(definition["nodes"], 1):
        own = node_id(definition["approval_code"], node["id"])
        users = [a["user"] for a in node["approvers"] if a["type"] == "Personal"]
        nodes.append({
            "node_id": own, "custom_node_id": node["id"], "name": node["name"],
            "type": node["type"], "starter": node["starter"], "round": 0, "queue": [],
            "users": list(dict.fromkeys(users + _chosen(node, chosen.pop(node["id"], [])))),
            "is_asked": bool(node["approvers"]), "is_auto": bool({own, node["id"]} & {*automatic}),
            "key": f"APPROVAL_{240330 + position}_{4058663 + position}",
        })
    return nodes


def _chosen(node: dict, people: list[str]) -> list[str]:
    """Those whom the request names for this node: needed by Free nodes, and only there."""
    if node["is_free"] != bool(people):
        raise bad_param(f"节点={node['id']}，{'缺少' if node['is_free'] else '不可'}自选审批人")
    allowed = [user for one in node["ranges"] for user in one["users"]]
    if allowed and not set(people) <= set(allowed):
        raise bad_param(f"节点={node['id']}，审批人不在可选范围内")
    if len(people) > 1 and not node["multi"]:
        raise bad_param(f"节点={node['id']}，approver_chosen_multi 为 false，只能选择一人")
    return people


def _cc(store: Store, app: dict, definition: dict, body: dict) -> list[str]:
    people = _people_by_node(store, app, definition, body, "node_cc")
    users = [user for node in definition["nodes"] for user in people.get(node["id"], [])]
    fixed = [c["user"] for node in definition["nodes"] for c in node["ccers"] if "user" in c]
    return list(dict.fromkeys(fixed + users))


def _people_by_node(store: Store, app: dict, definition: dict, body: dict, name: str) -> dict:
    """Own node id → userids; both lists together, keyed by either id of a node."""
    known = {}
    for node in definition["nodes"]:
        known |= {node["id"]: node["id"], node_id(definition["approval_code"], node["id"]):
                  node["id"]}
    found = {}
    for kind in ("user_id", "open_id"):
        listed = body.get(f"{name}_{kind}_list") or []
        if name == "node_cc" and len(listed) > MOST_CC:
            raise bad_field(f"{name}_{kind}_list", f"the max len is {MOST_CC}")
        for entry in listed:
            if entry["key"] not in known:
                raise bad_param(f"节点={entry['key']} 不存在于审批定义中")
            people = [working_person(store, app, given, kind) for given in entry["value"]]
            mine = found.setdefault(known[entry["key"]], [])
            mine += [user for user in people if user not in mine]
    return found
