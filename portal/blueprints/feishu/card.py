"""The card: the definition's widgets and their values for one request.

Everything is built by a JSON encoder. No lengths are documented; ours are DingTalk's advice.
A widget that is sent must have a value (FAQ of the approval interface): '-' where there is none.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from portal.domain.provider import ApprovalRequest, CardRow
from portal.kit import card_texts

NODE = "approve"
ROW_LIMIT = 100
CELL_LIMIT = 100
REMARK_LIMIT = 1000
TITLE_LIMIT = 100

# (type, id, label): the ids never change, and no other widget of the definition has them.
TABLE = "result"
COLUMNS = (
    ("input", "result_datasource", "数据源"),
    ("input", "result_score", "审核得分"),
    ("input", "result_passrate", "审核通过率"),
)
WIDGETS = (
    ("input", "project", "项目名称"),
    ("input", "subject", "工单名称"),
    ("textarea", "description", "工单描述"),
    ("input", "link", "工单链接"),
    ("input", "action", "审核操作"),
    ("fieldList", TABLE, "审核结果"),
    ("textarea", "sql", "SQL语句"),
    ("input", "key", "审批编号"),
)

_TITLE_KEY = "@i18n@instance_title"


def instance(request: ApprovalRequest, approvers: Sequence[str]) -> dict[str, Any]:
    """The body that opens the card; one of the approvers decides it.

    uuid is our key: it finds the card again whose answer was lost. The title is what stands in
    the approver's list.
    """
    title = _line(f"{request.action} · {request.subject}", TITLE_LIMIT)
    return {
        "approval_code": request.template_code,
        "open_id": request.originator,
        "form": json.dumps(values(request), ensure_ascii=False),
        "node_approver_open_id_list": [{"key": NODE, "value": list(approvers)}],
        "uuid": request.key,
        "title": _TITLE_KEY,
        "i18n_resources": [
            {
                "locale": "zh-CN",
                "is_default": True,
                "texts": [{"key": _TITLE_KEY, "value": title}],
            }
        ],
    }


def values(request: ApprovalRequest) -> list[dict[str, Any]]:
    """The widgets' values in the definition's order; never an empty one."""
    texts = {
        "project": _line(request.project),
        "subject": _line(request.subject),
        "description": _area(request.description),
        "link": _line(request.link),
        "action": _line(request.action),
        "sql": _area(request.sql),
        "key": _line(request.key),
    }
    return [
        {"id": name, "type": kind, "value": table(request.rows) if name == TABLE else texts[name]}
        for kind, name, _label in WIDGETS
    ]


def table(rows: Sequence[CardRow]) -> list[list[dict[str, str]]]:
    """Rows of cells, each cell with its type: without it Feishu refuses the whole form."""
    texts = [(_no_key(row.datasource), row.score, row.pass_rate) for row in rows]
    return [
        [
            {"id": name, "type": kind, "value": text}
            for (kind, name, _label), text in zip(COLUMNS, row, strict=True)
        ]
        for row in card_texts.table(texts, len(COLUMNS), ROW_LIMIT, CELL_LIMIT)
    ]


def remark(text: str) -> str:
    """A reason or comment, of a length that surely fits."""
    return card_texts.area(text, REMARK_LIMIT)


def _line(text: str, limit: int = card_texts.LINE_LIMIT) -> str:
    return card_texts.line(_no_key(text), limit)


def _area(text: str) -> str:
    return card_texts.area(_no_key(text))


def _no_key(text: str) -> str:
    """A value that looks like a key of i18n_resources would be shown as that key's text."""
    return text.replace("@i18n@", "@ i18n@")
