"""The approval definition as we write it, and what a read one lacks of it."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from flask_babel import gettext as _

from portal.blueprints.feishu import card
from portal.blueprints.feishu.shapes import Definition, Node, Widget

# Texts of the platform's own pages: they stay as they are in every language.
NAME = "Portal SQL工单审批"
DESCRIPTION = "由 SQL 审核门户自动建立和维护，请勿修改或停用"
NODE_NAME = "审批"
NODE_TYPE = "OR"  # any one of the approvers decides
ACTIVE = "ACTIVE"
DELETED = "DELETED"


def body(code: str | None = None) -> dict[str, Any]:
    """The definition as the writing call wants it; with a code that one is overwritten.

    starter_assignee and approver_chosen_multi have no documented default: said here. A card is
    withdrawn by cancelling it while it is pending (revert_option 1); an approved one never is
    (revert_interval 0). A refusal ends it (reject_option 0).
    """
    texts: dict[str, str] = {}

    def key(name: str, value: str) -> str:
        texts[f"@i18n@portal_{name}"] = value
        return f"@i18n@portal_{name}"

    made: dict[str, Any] = {
        "approval_name": key("approval_name", NAME),
        "description": key("approval_description", DESCRIPTION),
        "viewers": [{"viewer_type": "NONE"}],
        "form": {
            "form_content": json.dumps(
                [_written(kind, name, label, key) for kind, name, label in card.WIDGETS],
                ensure_ascii=False,
            )
        },
        "node_list": [
            {"id": "START"},
            {
                "id": card.NODE,
                "name": key("approval_node", NODE_NAME),
                "node_type": NODE_TYPE,
                "approver": [{"type": "Free"}],
                "approver_chosen_multi": True,
                "starter_assignee": "STARTER",
            },
            {"id": "END"},
        ],
        "settings": {
            "revert_interval": 0,
            "revert_option": 1,
            "reject_option": 0,
            "quick_approval_option": 1,
        },
        "config": {
            "can_update_viewer": False,
            "can_update_form": False,
            "can_update_process": False,
            "can_update_revert": False,
        },
        "icon": 0,
    }
    listed = [{"key": name, "value": value} for name, value in texts.items()]
    made["i18n_resources"] = [{"locale": "zh-CN", "is_default": True, "texts": listed}]
    return made | ({"approval_code": code} if code else {})


def _written(
    kind: str, name: str, label: str, key: Callable[[str, str], str], is_required: bool = True
) -> dict[str, Any]:
    widget: dict[str, Any] = {
        "id": name,
        "custom_id": name,
        "type": kind,
        "name": key(f"widget_{name}", label),
        "required": is_required and kind != "fieldList",
    }
    if kind == "fieldList":
        widget["value"] = [_written(*column, key, is_required=False) for column in card.COLUMNS]
        widget["option"] = {"inputType": "FORM", "printType": "FORM"}
    return widget


def ours() -> tuple[Widget, ...]:
    """The same widgets as a read definition shows them, to compare."""
    columns = tuple(Widget(name, kind, label, False) for kind, name, label in card.COLUMNS)
    return tuple(
        Widget(name, kind, label, False, columns=columns)
        if name == card.TABLE
        else Widget(name, kind, label, True)
        for kind, name, label in card.WIDGETS
    )


def difference(found: Definition) -> str:
    """What stands between this definition and ours, as a sentence; empty when it is the same."""
    if obstacle(found):
        return obstacle(found)
    if found.name != NAME:
        return _("审批定义的名称是「%(name)s」", name=found.name)
    changed = [one.name for one in ours() if not _says(_of(found.widgets, one), one)]
    if changed:
        return _("审批定义的控件名称或必填项不同：%(labels)s", labels="、".join(changed))
    asking = [one for one in found.nodes if one.needs_approver]
    if len(asking) != 1 or asking[0].type not in {"", NODE_TYPE}:
        return _("审批定义的审批节点与系统建立的不同（应为一个节点，任一人处理即可）")
    known = {one.id for one in ours()}
    extra = [one.name for one in found.widgets if one.is_required and not _names(one) & known]
    return _("审批定义多出必填控件：%(labels)s", labels="、".join(extra)) if extra else ""


def obstacle(found: Definition) -> str:
    """Why no card can be started with this definition, as a sentence; empty when one can."""
    if found.status != ACTIVE:
        return _("审批定义未启用（状态 %(status)s）", status=found.status)
    missing = [one.name for one in ours() if not _holds(_of(found.widgets, one), one)]
    if missing:
        return _("审批定义缺少控件：%(labels)s", labels="、".join(missing))
    node = _node_of(found)
    if node is None or not node.needs_approver or node.takes_many is False:
        return _("审批定义缺少由发起人选择多位审批人的节点")
    return ""


def _names(widget: Widget) -> set[str]:
    return {widget.id, widget.custom_id} - {""}


def _of(widgets: tuple[Widget, ...], wanted: Widget) -> Widget | None:
    return next((one for one in widgets if wanted.id in _names(one)), None)


def _holds(found: Widget | None, wanted: Widget) -> bool:
    return (
        found is not None
        and found.type == wanted.type
        and all(_holds(_of(found.columns, one), one) for one in wanted.columns)
    )


def _says(found: Widget, wanted: Widget) -> bool:
    return (
        found.name == wanted.name
        and found.is_required in {None, wanted.is_required}
        and all(_says(_of(found.columns, one), one) for one in wanted.columns)
    )


def _node_of(found: Definition) -> Node | None:
    named = [one for one in found.nodes if card.NODE in {one.id, one.custom_id}]
    # A custom id that is not shown: then the only step that asks for approvers is ours.
    bare = [one for one in found.nodes if one.needs_approver and not one.custom_id]
    return next(iter(named or (bare if len(bare) == 1 else [])), None)
