"""Acting on a running instance: agree, refuse, hand over, comment, withdraw.

Fact sheet, section 7.
"""

from flask import Blueprint

from ..people import active_person
from ..rules import current_rules
from ..store import Store, now_ms
from . import flow
from .answers import Refusal, json_body
from .gateway import api_call
from .refusals import register
from .scopes import INSTANCE_WRITE
from .starting import own_card

bp = Blueprint("dingtalk_acting", __name__)
register(bp)

DONE = {"result": True, "success": True}


@bp.post("/v1.0/workflow/processInstances/execute")
@api_call(INSTANCE_WRITE)
def execute(store: Store, app: dict) -> dict:
    """https://open.dingtalk.com/document/development/approve-or-reject-the-approval-task"""
    body = json_body()
    card = _card(store, body, missing="aflowProcessNotExist")
    task_id, actor, result = (body.get(n) for n in ("taskId", "actionerUserId", "result"))
    if not isinstance(task_id, int) or isinstance(task_id, bool):
        raise Refusal("invalidInstanceExecuteTaskId", "无效的taskId")
    if not isinstance(actor, str) or not actor:
        raise Refusal("invalidInstanceExecuteActionerUserId", "无效的actionerUserId")
    if result not in ("agree", "refuse"):
        raise Refusal("invalidInstanceExecuteResult", "无效的result")
    remark = _text(body, "remark", 1024)
    _check_person(store, actor)
    _check_running(card)
    task = next((t for t in card["tasks"] if t["task_id"] == task_id), None)
    if task is None or task["status"] != "RUNNING" or task["user"] != actor:
        raise Refusal("aflowProcessInstCanNotBeExecuted", "审批任务不可执行")
    flow.decide(store, card, task, result == "agree", remark)
    return DONE


@bp.post("/v1.0/workflow/tasks/redirect")
@api_call(INSTANCE_WRITE)
def redirect(store: Store, app: dict) -> dict:
    """https://open.dingtalk.com/document/development/transfer-the-oa-approval-task"""
    body = json_body()
    if any(body.get(name) in (None, "") for name in ("taskId", "toUserId", "operateUserId")):
        raise Refusal("param.blank", "参数不能为空")
    place = store.get("task", body["taskId"])
    remark = body.get("remark") or ""
    if place is None or not isinstance(remark, str) or len(remark) > 256:
        raise Refusal("param.illegal", "参数不合法")
    card = store.card(place["card"])
    task = next(t for t in card["tasks"] if t["task_id"] == int(body["taskId"]))
    if card["status"] != "RUNNING":
        raise Refusal("instance.status.error", "审批实例状态错误")
    if task["status"] != "RUNNING":
        raise Refusal("task.status.error", "任务状态错误")
    if task["user"] != body["operateUserId"]:
        raise Refusal("param.illegal.operator", "操作人不合法")
    if body["toUserId"] == task["user"] or not active_person(store, body["toUserId"]):
        raise Refusal("param.illegal", "参数不合法：toUserId")
    flow.redirect(store, card, task, body["toUserId"], remark)
    return {"result": True}


@bp.post("/v1.0/workflow/processInstances/comments")
@api_call(INSTANCE_WRITE)
def comment(store: Store, app: dict) -> dict:
    """https://open.dingtalk.com/document/development/official-approval-adds-approval-comments"""
    body = json_body()
    card = _card(store, body, missing="aflowProcessInstNotExist")
    text, user = body.get("text"), body.get("commentUserId")
    if not isinstance(text, str) or not 1 <= len(text) <= 1024:
        raise Refusal("invalidInstanceCommentText", "无效的评论内容")
    if not isinstance(user, str) or not user:
        raise Refusal("invalidInstanceCommentUserId", "无效的评论人")
    _check_person(store, user)
    if card["status"] != "RUNNING" and not current_rules(store)["comment_after_end"]:
        raise Refusal("aflowProcessInstCanNotBeExecuted", "审批单已结束，不可评论")
    flow.comment(store, card, user, text)
    return DONE


@bp.post("/v1.0/workflow/processInstances/terminate")
@api_call(INSTANCE_WRITE)
def terminate(store: Store, app: dict) -> dict:
    """https://open.dingtalk.com/document/development/revoke-an-approval-instance

    The table calls isSystem optional; an error code of the same page says it may not be empty.
    """
    body = json_body()
    card = _card(store, body, missing="aflowProcessInstNotExist")
    is_system, user = body.get("isSystem"), body.get("operatingUserId")
    if not isinstance(is_system, bool):
        raise Refusal("invalidInstanceTerminateIsSystem", "无效的isSystem")
    if not is_system and not user:
        raise Refusal("invalidInstanceTerminateOperatingUserId", "无效的operatingUserId")
    if user:
        _check_person(store, user)
    if not is_system and user != card["originator"]:
        raise Refusal("invalidInstanceTerminateOperatingUserId", "只有发起人可以撤销")
    remark = _text(body, "remark", 1024)
    _check_running(card)
    rules = current_rules(store)
    if now_ms() - card["created_at"] < rules["withdraw_after"] * 1000:
        seconds = f"{rules['withdraw_after']:g}"
        raise Refusal("aflowProcessInstStatusException", f"提交审批后 {seconds} 秒内不允许撤销")
    if not rules["allow_withdraw"]:
        raise Refusal("internalError", "您没有任务处理的权限")
    flow.terminate(store, card, user or flow.MACHINE, remark)
    return DONE


def _card(store: Store, body: dict, missing: str) -> dict:
    """The instance that the request names; `missing` is the code this API has for none."""
    key = body.get("processInstanceId")
    if not isinstance(key, str) or not key:
        raise Refusal("invalidInstanceId", "无效的审批实例id")
    card = own_card(store, key)
    if card is None or card["is_deleted"]:
        raise Refusal(missing, "审批实例不存在")
    return card


def _check_person(store: Store, userid: str) -> None:
    if not active_person(store, userid):
        raise Refusal("userNotExist", "用户不存在")


def _check_running(card: dict) -> None:
    if card["status"] != "RUNNING":
        raise Refusal("aflowProcessInstStatusException", "审批单状态异常")


def _text(body: dict, name: str, most: int) -> str:
    value = body.get(name) or ""
    if not isinstance(value, str) or len(value) > most:
        raise Refusal("invalidParameter", f"参数错误：{name}")
    return value
