"""Comments on an instance. Fact sheet, section 6."""

import json

from flask import Blueprint, request

from ..rules import current_rules
from ..store import Store
from . import flow, moves
from .answers import Refusal, bad_field, json_body, parsed_json
from .gateway import api_call
from .ids import asked_kind, shown_id, working_person
from .instances import known_card, no_permission
from .refusals import register
from .scopes import APPROVAL, COMMENT
from .shapes import fitting

bp = Blueprint("feishu_comments", __name__, url_prefix="/open-apis/approval/v4/instances")
register(bp)

CREATE = {
    "content*": str, "at_info_list": [{"user_id": str, "name": str, "offset": str}],
    "parent_comment_id": str | int, "comment_id": str | int, "disable_bot": bool, "extra": str,
}


@bp.post("/<key>/comments")
@api_call(APPROVAL, COMMENT)
def create(store: Store, app: dict, key: str) -> dict:
    """https://open.feishu.cn/document/uAjLw4CM/ukTMukTMukTM/reference/approval-v4/instance-comment/create

    With a comment_id that comment is changed.
    """
    user = _commentator(store, app)
    body = fitting(json_body(), CREATE)
    card, text = known_card(store, key), _text(body["content"])
    if card["status"] != "PENDING" and not current_rules(store)["comment_after_end"]:
        raise no_permission()
    if not body.get("comment_id"):
        return {"comment_id": moves.comment(store, card, user, text)["id"]}
    own = [said for said in card["comments"] if said["id"] == str(body["comment_id"])]
    if not own or own[0]["user"] != user:
        raise Refusal(60001, "param is invalid: comment_id")
    own[0]["comment"] = text
    flow.save(store, card)
    return {"comment_id": own[0]["id"]}


@bp.get("/<key>/comments")
@api_call(APPROVAL, COMMENT)
def every_comment(store: Store, app: dict, key: str) -> dict:
    """https://open.feishu.cn/document/uAjLw4CM/ukTMukTMukTM/reference/approval-v4/instance-comment/list"""
    kind, _ = asked_kind(app), _commentator(store, app)
    return {"comments": [
        {"id": said["id"], "content": json.dumps({"text": said["comment"]}, ensure_ascii=False),
         "create_time": str(said["at"]), "update_time": str(said["at"]), "is_delete": 0,
         "commentator": shown_id(app, said["user"], kind), "replies": [], "at_info_list": [],
         "extra": ""}
        for said in known_card(store, key)["comments"]
    ]}


def _commentator(store: Store, app: dict) -> str:
    """A comment is somebody's, named in the query."""
    kind, given = asked_kind(app), request.args.get("user_id")
    if not given:
        raise bad_field("user_id", "user_id is required")
    return working_person(store, app, given, kind)


def _text(content: str) -> str:
    """The text in a content, which is a JSON object written as a text."""
    try:
        found = parsed_json(content)
    except ValueError:
        found = None
    if not isinstance(found, dict) or not isinstance(found.get("text", ""), str):
        raise Refusal(60001, "param is invalid: content")
    if not found.get("text") and not found.get("files"):
        raise Refusal(60001, "param is invalid: content is empty")
    return found.get("text") or "[文件]"
