"""Instances: start, detail, list of ids. Fact sheet, sections 4 to 6."""

from flask import Blueprint, request

from ..rules import current_rules
from ..store import Store, now_ms
from .answers import Refusal, json_body
from .detail import shown_card
from .gateway import api_call
from .refusals import register
from .scopes import INSTANCE_READ, INSTANCE_WRITE
from .starting import is_hidden, own_card, start_card

bp = Blueprint("dingtalk_instances", __name__)
register(bp)

DAY_MS = 24 * 60 * 60 * 1000
STATUSES = ("RUNNING", "TERMINATED", "COMPLETED")


@bp.post("/v1.0/workflow/processInstances")
@api_call(INSTANCE_WRITE)
def start(store: Store, app: dict) -> dict:
    """https://open.dingtalk.com/document/development/create-an-approval-instance"""
    return {"instanceId": start_card(store, app, json_body())["id"]}


@bp.get("/v1.0/workflow/processInstances")
@api_call(INSTANCE_READ)
def detail(store: Store, app: dict) -> dict:
    """https://open.dingtalk.com/document/development/obtains-the-details-of-a-single-approval-instance-pop"""
    key = request.args.get("processInstanceId", "")
    if not key:
        raise Refusal("invalidParameter", "参数错误：processInstanceId")
    card = own_card(store, key)
    if card is None or is_hidden(store, card, "hide_detail_seconds"):
        raise Refusal("processInstanceNotExist", "审批实例不存在")
    if card["is_deleted"]:
        raise Refusal("processInstanceIdError", "审批实例id错误")
    has_tasks = not is_hidden(store, card, "hide_tasks_seconds")
    return {"success": "true", "result": shown_card(store, card, has_tasks)}


@bp.post("/v1.0/workflow/processes/instanceIds/query")
@api_call(INSTANCE_READ)
def list_ids(store: Store, app: dict) -> dict:
    """https://open.dingtalk.com/document/development/obtain-an-approval-list-of-instance-ids

    nextToken goes in as a number and comes out as a text; absent on the last page.
    """
    body = json_body()
    if not store.get("template", body.get("processCode")):
        raise Refusal("invalidProcessCode", "无效的processCode")
    since, until = _span(body)
    until = min(until, now_ms() - int(current_rules(store)["hide_new_seconds"] * 1000))
    start_at, size = body.get("nextToken"), body.get("maxResults")
    if not _is_number(start_at):
        raise Refusal("invalidNextToken", "无效的nextToken")
    if not _is_number(size) or not 1 <= size <= 20:
        raise Refusal("invalidMaxResults", "无效的maxResults")
    originators = body.get("userIds")
    if originators is not None and not _are_texts(originators, most=10):
        raise Refusal("invalidUserIds", "无效的userIds")
    statuses = body.get("statuses") or STATUSES
    if not _are_texts(statuses, most=3) or not set(statuses) <= set(STATUSES):
        raise Refusal("invalidParameter", "参数错误：statuses")
    found = [
        key for key, originator, status in store.card_ids(body["processCode"], since, until)
        if status in statuses and (not originators or originator in originators)
    ]
    result = {"list": found[start_at:start_at + size]}
    if start_at + size < len(found):
        result["nextToken"] = str(start_at + size)
    return {"success": True, "result": result}


def _span(body: dict) -> tuple[int, int]:
    """(from, to) in ms: 120 days long at most, from at most 120 days ago, or 365 with an end."""
    since, until, now = body.get("startTime"), body.get("endTime"), now_ms()
    oldest = now - (120 if until is None else 365) * DAY_MS
    if not _is_number(since) or since < oldest:
        raise Refusal("invalidInstanceListIdsStartTime", "无效的startTime")
    if until is None:
        return since, now
    if not _is_number(until) or not since <= until <= since + 120 * DAY_MS:
        raise Refusal("invalidEndTime", "无效的endTime")
    return since, until


def _is_number(value) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def _are_texts(values, most: int) -> bool:
    return isinstance(values, list | tuple) and len(values) <= most and all(
        isinstance(value, str) for value in values
    )
