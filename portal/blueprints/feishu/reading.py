"""From the platform's JSON to plain values; what cannot be read raises (see kit.fields.read)."""

from __future__ import annotations

import json
from typing import Any

from portal.blueprints.feishu.shapes import (
    Comment,
    Definition,
    Entry,
    FoundTask,
    Instance,
    Match,
    Node,
    Task,
    User,
    Widget,
)
from portal.kit.fields import filled, objects, text, truth


def instance(body: dict[str, Any]) -> Instance:
    """https://open.feishu.cn/document/uAjLw4CM/ukTMukTMukTM/reference/approval-v4/instance/get"""
    data = body["data"]
    return Instance(
        code=text(data.get("instance_code")),
        approval_code=filled(data["approval_code"]),
        uuid=text(data.get("uuid")),
        status=filled(data["status"]),
        is_reverted=truth(data.get("reverted")),
        originator=text(data.get("open_id")),
        timeline=tuple(
            Entry(
                text(one.get("type")),
                text(one.get("open_id")),
                text(one.get("comment")),
                text(one.get("node_key")),
            )
            for one in objects(data.get("timeline"))
        ),
        tasks=tuple(
            Task(text(one.get("id")), text(one.get("open_id")), text(one.get("status")))
            for one in objects(data.get("task_list"))
        ),
        comments=tuple(
            Comment(text(one.get("open_id")), _said(text(one.get("comment"))))
            for one in objects(data.get("comment_list"))
        ),
    )


def _said(comment: str) -> str:
    """The detail's page shows a bare text, the comments' own page a JSON text with it inside."""
    if not comment.startswith("{"):
        return comment
    try:
        found = json.loads(comment)
    except (ValueError, RecursionError):
        return comment
    return text(found["text"]) if isinstance(found.get("text"), str) else comment


def definition(body: dict[str, Any]) -> Definition:
    """https://open.feishu.cn/document/uAjLw4CM/ukTMukTMukTM/reference/approval-v4/approval/get"""
    data = body["data"]
    return Definition(
        name=text(data.get("approval_name")),
        status=filled(data["status"]),
        widgets=tuple(_widget(one) for one in objects(_json(data["form"]))),
        nodes=tuple(_node(one) for one in objects(data.get("node_list"))),
    )


def _widget(item: dict[str, Any]) -> Widget:
    # Read as `children`, written as `value`: a list of widgets in both.
    columns = item.get("children") or (item.get("value") if item.get("type") == "fieldList" else [])
    return Widget(
        id=text(item.get("id")),
        type=text(item.get("type")),
        name=text(item.get("name")),
        is_required=truth(item["required"]) if item.get("required") is not None else None,
        custom_id=text(item.get("custom_id")),
        columns=tuple(_widget(one) for one in objects(columns or [])),
    )


def _node(item: dict[str, Any]) -> Node:
    many = item.get("approver_chosen_multi")
    return Node(
        id=text(item.get("node_id")),
        custom_id=text(item.get("custom_node_id")),
        needs_approver=truth(item.get("need_approver")),
        takes_many=None if many is None else truth(many),
        type=text(item.get("node_type")),
    )


def _json(value: Any) -> Any:
    try:
        return json.loads(filled(value))
    except RecursionError:
        raise ValueError("nested too deep") from None


def matches(body: dict[str, Any]) -> list[Match]:
    """https://open.feishu.cn/document/uAjLw4CM/ukTMukTMukTM/reference/contact-v3/user/batch_get_id

    Who is not found comes without a user_id, or with an empty one.
    """
    return [
        Match(
            id=text(one.get("user_id")).strip(),
            mobile=text(one.get("mobile")).strip(),
            email=text(one.get("email")).strip(),
            flags=frozenset(name for name, is_set in _status(one).items() if truth(is_set)),
        )
        for one in objects(body["data"].get("user_list"))
    ]


def _status(item: dict[str, Any]) -> dict[str, Any]:
    """Only given with contact:user.employee:readonly."""
    return item.get("status") or {}


def user(body: dict[str, Any]) -> User:
    """https://open.feishu.cn/document/uAjLw4CM/ukTMukTMukTM/reference/contact-v3/user/get"""
    found = body["data"]["user"]
    return User(
        open_id=filled(found["open_id"]),
        name=text(found.get("name")),
        email=text(found["email"]) if found.get("email") is not None else None,
        mobile=text(found["mobile"]) if found.get("mobile") is not None else None,
    )


def found_tasks(body: dict[str, Any]) -> tuple[list[FoundTask], str]:
    """Tasks and the next page's token, empty on the last page.

    https://open.feishu.cn/document/uAjLw4CM/ukTMukTMukTM/reference/approval-v4/task/search
    """
    data = body["data"]
    found = [_found_task(one) for one in objects(data.get("task_list"))]
    return found, text(data.get("page_token")) if truth(data.get("has_more")) else ""


def _found_task(item: dict[str, Any]) -> FoundTask:
    instance, task = item.get("instance") or {}, item.get("task") or {}
    updated = text(task.get("update_time"))
    return FoundTask(
        instance_code=text(instance.get("code")),
        instance_status=text(instance.get("status")).lower(),
        task_status=text(task.get("status")).lower(),
        updated_at=int(updated) if updated.isascii() and updated.isdigit() else 0,
    )
