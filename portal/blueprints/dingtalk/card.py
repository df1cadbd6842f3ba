"""The card: the template's fields and their values for one request.

Values are built by a JSON encoder and cut to the documented lengths (fact sheet §4): the whole
value 65,535 characters, advised 1,000 in a TextField and 8,000 in a TextareaField, 100 rows in a
table. Characters are counted as DingTalk's Java counts them: an emoji is two.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Any

from flask_babel import gettext as _

from portal.blueprints.dingtalk.shapes import Component
from portal.domain.provider import ApprovalRequest, CardRow

TEXT_LIMIT = 1000
AREA_LIMIT = 8000
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

_LINE_BREAKS = re.compile("\r\n|[\r\n\v\f\x1c-\x1e\x85\u2028\u2029]")
_UNSEEN = re.compile("[\x00-\x08\x0e-\x1f\x7f]")


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


def line(text: str, limit: int = TEXT_LIMIT) -> str:
    """One line of at most limit characters; '-' when there is nothing to say."""
    return cut(_LINE_BREAKS.sub(" ", harmless(text)).strip(), limit) or "-"


def area(text: str, limit: int = AREA_LIMIT) -> str:
    """Lines parted as DingTalk parts them; '-' when there is nothing to say."""
    return cut(_LINE_BREAKS.sub("\r\n", harmless(text)).strip(), limit) or "-"


def remark(text: str) -> str:
    """A reason or comment, at most 1,024 characters."""
    return area(text, REMARK_LIMIT)


def table(rows: Sequence[CardRow]) -> str:
    """A two-dimensional array as a JSON text, whatever the names of the data sources hold."""
    shown = [(row.datasource, row.score, row.pass_rate) for row in rows]
    if len(shown) > ROW_LIMIT:
        rest = _("…（共 %(count)s 行，其余见工单页面）", count=len(shown))
        shown = [*shown[: ROW_LIMIT - 1], (rest, "", "")]
    cells = [
        [
            {"name": label, "value": line(text, CELL_LIMIT)}
            for (_name, label), text in zip(_COLUMNS, row, strict=True)
        ]
        for row in shown or [("", "", "")]
    ]
    return json.dumps(cells, ensure_ascii=False)


def harmless(text: str) -> str:
    """Without what breaks an encoder or a database: lone surrogates and control characters."""
    whole = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return _UNSEEN.sub("\N{REPLACEMENT CHARACTER}", whole)


def length(text: str) -> int:
    """Characters as DingTalk counts them (UTF-16 units)."""
    return len(text.encode("utf-16-le")) // 2


def cut(text: str, limit: int) -> str:
    """At most limit characters, with a note in place of what is left out."""
    if length(text) <= limit:
        return text
    note = _("…（已截断，共 %(count)s 字，完整内容见工单页面）", count=len(text))
    kept = text.encode("utf-16-le")[: 2 * (limit - length(note))].decode("utf-16-le", "ignore")
    return kept.rstrip("\r") + note
