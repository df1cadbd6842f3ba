"""The card: the template's fields and their values for one request.

Values are built by a JSON encoder and cut to the documented lengths (fact sheet §4): the whole
value 65,535 characters, advised 1,000 in a TextField and 8,000 in a TextareaField, 100 rows in a
table.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from portal.blueprints.dingtalk.shapes import Component
from portal.domain.provider import ApprovalRequest, CardRow
from portal.kit import card_texts
from portal.kit.card_texts import line

ROW_LIMIT = 100
CELL_LIMIT = 100
REMARK_LIMIT = 1024

# The labels are the template's own words: they stay as they are in every language, since a
# value finds its field by them.
KEY_LABEL = "审批编号"
TABLE_LABEL = "审核结果"
_COLUMNS = (("datasource", "数据源"), ("score", "审核得分"), ("passrate", "审核通过率"))
_FIELDS = (
    ("TextField", "project", "项目名称"),
    ("TextField", "subject", "工单名称"),
    ("TextareaField", "description", "工单描述"),
    ("TextField", "link", "工单链接"),
    ("TextField", "action", "审核操作"),
    ("TableField", "result", TABLE_LABEL),
    ("TextareaField", "sql", "SQL语句"),
    ("TextField", "key", KEY_LABEL),
)


def components() -> list[dict[str, Any]]:
    """The template's fields as the creating call wants them, with ids that never change."""
    made = []
    for kind, name, label in _FIELDS:
        props: dict[str, Any] = {"componentId": f"{kind}-{name}", "label": label}
        if kind == "TableField":
            props |= {"tableViewMode": "table", "verticalPrint": True}
            children = [_column(child, text) for child, text in _COLUMNS]
            made.append({"componentType": kind, "props": props, "children": children})
        else:
            made.append({"componentType": kind, "props": props | {"required": True}})
    return made


def _column(name: str, label: str) -> dict[str, Any]:
    return {
        "componentType": "TextField",
        "props": {"componentId": f"TextField-{name}", "label": label},
    }


def definition() -> tuple[Component, ...]:
    """The same fields as a schema shows them, to compare."""
    columns = tuple(Component("TextField", label) for _name, label in _COLUMNS)
    return tuple(
        Component(kind, label, kind != "TableField", columns if kind == "TableField" else ())
        for kind, _name, label in _FIELDS
    )


def values(request: ApprovalRequest) -> list[dict[str, str]]:
    """The fields' values, each under its label; never an empty one."""
    texts = {
        "项目名称": line(request.project),
        "工单名称": line(request.subject),
        "工单描述": area(request.description),
        "工单链接": line(request.link),
        "审核操作": line(request.action),
        TABLE_LABEL: table(request.rows),
        "SQL语句": area(request.sql),
        KEY_LABEL: line(request.key),
    }
    return [{"name": label, "value": texts[label]} for _kind, _name, label in _FIELDS]


def area(text: str, limit: int = card_texts.AREA_LIMIT) -> str:
    """Lines parted as DingTalk parts them."""
    return card_texts.area(text, limit, "\r\n")


def remark(text: str) -> str:
    """A reason or comment, at most 1,024 characters."""
    return area(text, REMARK_LIMIT)


def table(rows: Sequence[CardRow]) -> str:
    """A two-dimensional array as a JSON text, whatever the names of the data sources hold."""
    texts = [(row.datasource, row.score, row.pass_rate) for row in rows]
    cells = [
        [
            {"name": label, "value": text}
            for (_name, label), text in zip(_COLUMNS, row, strict=True)
        ]
        for row in card_texts.table(texts, len(_COLUMNS), ROW_LIMIT, CELL_LIMIT)
    ]
    return json.dumps(cells, ensure_ascii=False)
