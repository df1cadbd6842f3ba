"""Starting an instance, and every reason not to. Fact sheet, section 4."""

import time
import uuid

from ..people import active_person, name_of
from ..rules import current_rules
from ..store import Store, now_ms
from . import flow
from .answers import Refusal
from .values import checked_values

MOST_NODES = MOST_PER_NODE = 20
MOST_CC = 50
ACTION_TYPES = ("AND", "OR", "NONE")
CC_POSITIONS = ("START", "FINISH", "START_FINISH")
ROOT_DEPARTMENTS = (-1, 1)


def start_card(store: Store, app: dict, body: dict) -> dict:
    """Check everything, then start. Raises Refusal; then nothing has happened."""
    template = _template(store, body.get("processCode"))
    originator = _originator(store, body.get("originatorUserId"))
    nodes = _nodes(store, body.get("approvers"))
    department = _department(originator, body.get("deptId"), is_needed=not nodes)
    cc = _cc(store, body) if nodes else []  # ignored when approvers are absent
    if body.get("bizDetailPageUrl"):
        raise Refusal("benefitStatusInvalid", "企业未开通OA高级版")
    values = checked_values(store, template, body.get("formComponentValues"))
    card = {
        "id": str(uuid.uuid4()), "provider": "dingtalk", "app_key": app["app_key"],
        "process_code": template["process_code"], "status": "RUNNING", "result": "",
        "title": f"{name_of(store, originator['userid'])}提交的{template['name']}",
        "business_id": time.strftime("%Y%m%d%H%M%S") + f"{store.count_up('business') % 10**6:06d}",
        "originator": originator["userid"], "department": department, "nodes": nodes, "node": 0,
        "cc": cc, "cc_position": body.get("ccPosition") or "START", "values": values, "tasks": [],
        "records": [], "created_at": now_ms(), "finished_at": None, "terminated_by": None,
        "is_deleted": False,
    }
    flow.start(store, card)
    return card


def _template(store: Store, code) -> dict:
    template = store.get("template", code) if isinstance(code, str) else None
    if template is None:
        raise Refusal("invalidParameter", "参数错误：processCode")
    if template["is_deleted"]:
        raise Refusal("processCodeError", "审批模板已删除")
    if template["status"] != "PUBLISHED":
        raise Refusal("processGetFailed", "获取审批流程失败，请检查模板是否启用")
    return template


def _originator(store: Store, userid) -> dict:
    person = active_person(store, userid)
    if person:
        return person
    if isinstance(userid, str) and store.get("person", userid):
        raise Refusal("invalidParameter", "参数错误：发起人已离职")
    raise _wrong("发起人不存在")


def _department(person: dict, department, is_needed: bool):
    if department is None:
        if is_needed:
            raise _wrong("发起人部门不能为空")
        return -1
    if department not in (*ROOT_DEPARTMENTS, *person["dept_ids"]):
        raise _wrong("发起人不在该部门")
    return department


def _nodes(store: Store, approvers) -> list[dict]:
    if not approvers:
        return []
    if not isinstance(approvers, list) or len(approvers) > MOST_NODES:
        raise _wrong("审批节点数量错误")
    nodes = []
    for position, given in enumerate(approvers, 1):
        kind = given.get("actionType") if isinstance(given, dict) else None
        if kind not in ACTION_TYPES:
            raise _wrong("审批类型错误")
        users = _users(store, given.get("userIds"), MOST_PER_NODE, "审批人不存在")
        if (kind == "NONE") != (len(users) == 1):
            raise _wrong("审批类型与审批人数量不符")
        nodes.append(flow.new_node(kind, users, position))
    return nodes


def _cc(store: Store, body: dict) -> list[str]:
    if body.get("ccPosition") not in (None, "", *CC_POSITIONS):
        raise _wrong("抄送时机错误")
    return _users(store, body["ccList"], MOST_CC, "抄送人不存在") if body.get("ccList") else []


def _users(store: Store, userids, most: int, complaint: str) -> list[str]:
    """Active people, each once."""
    if not isinstance(userids, list) or not 1 <= len(userids) <= most:
        raise _wrong(complaint)
    if not all(active_person(store, userid) for userid in userids):
        raise _wrong(complaint)
    return list(dict.fromkeys(userids))


def _wrong(reason: str) -> Refusal:
    return Refusal("processInstanceInvalidParameter", f"审批实例参数错误：{reason}")


def is_hidden(store: Store, card: dict, rule: str) -> bool:
    """Is this card still too young to be seen, by one of the hide_* rules?"""
    return now_ms() - card["created_at"] < current_rules(store)[rule] * 1000


def own_card(store: Store, key: str) -> dict | None:
    """A card of this platform; another's ids mean nothing here."""
    card = store.card(key)
    return card if card and card["provider"] == "dingtalk" else None
