"""Acting on tasks: approve, reject, transfer, resubmit, add approvers. Fact sheet, section 6."""

from flask import Blueprint

from ..store import Store
from . import moves
from .answers import Refusal, bad_param, json_body
from .gateway import T3, api_call
from .ids import asked_kind, working_person
from .instances import card_of_body, no_permission
from .refusals import register
from .scopes import APPROVAL, APPROVAL_READ, TASK
from .shapes import fitting

bp = Blueprint("feishu_tasks", __name__, url_prefix="/open-apis/approval/v4")
register(bp)

ACT = {"approval_code*": str, "instance_code*": str, "user_id*": str, "task_id*": str,
       "comment": str, "form": str}
TRANSFER = ACT | {"transfer_user_id*": str}
ADD_SIGN = ACT | {"add_sign_user_ids*": [str], "add_sign_type*": str | int,
                  "approval_method": str | int}
METHODS = {"1": "OR", "2": "AND"}


@bp.post("/tasks/approve")
@api_call(APPROVAL, APPROVAL_READ, TASK, tier=T3)
def approve(store: Store, app: dict) -> dict:
    """https://open.feishu.cn/document/uAjLw4CM/ukTMukTMukTM/reference/approval-v4/task/approve"""
    card, task, body = _asked(store, app, ACT)
    moves.approve(store, card, task, body.get("comment") or "")
    return {}


@bp.post("/tasks/reject")
@api_call(APPROVAL, APPROVAL_READ, TASK, tier=T3)
def reject(store: Store, app: dict) -> dict:
    """https://open.feishu.cn/document/uAjLw4CM/ukTMukTMukTM/reference/approval-v4/task/reject"""
    card, task, body = _asked(store, app, ACT)
    moves.reject(store, card, task, body.get("comment") or "")
    return {}


@bp.post("/tasks/transfer")
@api_call(APPROVAL, APPROVAL_READ, TASK, tier=T3)
def transfer(store: Store, app: dict) -> dict:
    """https://open.feishu.cn/document/uAjLw4CM/ukTMukTMukTM/reference/approval-v4/task/transfer"""
    card, task, body = _asked(store, app, TRANSFER)
    to = working_person(store, app, body["transfer_user_id"], asked_kind(app))
    if to == task["user"]:
        raise bad_param("transfer_user_id")
    moves.transfer(store, card, task, to, body.get("comment") or "")
    return {}


@bp.post("/tasks/resubmit")
@api_call(APPROVAL, APPROVAL_READ, TASK, tier=T3)
def resubmit(store: Store, app: dict) -> dict:
    """A returned card, sent again by its originator, with the form it has."""
    card, task, body = _asked(store, app, ACT, returned=True)
    moves.resubmit(store, card, task, body.get("comment") or "")
    return {}


@bp.post("/instances/add_sign")
@api_call(APPROVAL, APPROVAL_READ, TASK, tier=T3)
def add_sign(store: Store, app: dict) -> dict:
    """https://open.feishu.cn/document/ukTMukTMukTM/ukTM5UjL5ETO14SOxkTN/approval-task-addsign

    No query parameters in the official SDK: people are named by their user_id.
    """
    card, task, body = _asked(store, app, ADD_SIGN, kind="user_id")
    users = [working_person(store, app, given, "user_id") for given in body["add_sign_user_ids"]]
    kind, method = str(body["add_sign_type"]), str(body.get("approval_method") or "1")
    if not users or kind not in ("1", "2", "3") or method not in METHODS:
        raise bad_param("add_sign_type")
    moves.add_sign(store, card, task, users, kind=int(kind), method=METHODS[method],
                   comment=body.get("comment") or "")
    return {}


def _asked(
    store: Store, app: dict, shape: dict, *, kind: str | None = None, returned: bool = False
) -> tuple[dict, dict, dict]:
    """(card, task, body): the running task that the request names, owned by who acts on it."""
    kind = kind or asked_kind(app)
    body = fitting(json_body(), shape)
    card = card_of_body(store, body)
    user = working_person(store, app, body["user_id"], kind)
    task = next((t for t in card["tasks"] if t["task_id"] == body["task_id"]), None)
    if task is None or task["status"] != "PENDING" or moves.is_returned(task) != returned:
        raise Refusal(1390010, "task not found")
    if task["user"] != user:
        raise no_permission()
    return card, task, body
