"""Which mandatory fields of a project's issues nobody fills: known by CODING's own names."""

from __future__ import annotations

from portal.blueprints.coding.shapes import Field

# Always sent, or sent as soon as they are asked for. Of the types only ASSIGNEE and CUSTOM were
# seen in public code; the names are what the pages show.
SENT_TYPES = frozenset(
    {"TITLE", "NAME", "PRIORITY", "DESCRIPTION", "STATUS", "ISSUE_TYPE", "TYPE", "WORKING_HOURS"}
)
SENT_NAMES = frozenset(
    {"标题", "名称", "优先级", "描述", "状态", "类型", "事项类型", "预估工时", "工时"}
)


def missing(found: list[Field]) -> list[str]:
    """The names of those that are mandatory and never sent."""
    return [
        one.name or one.type
        for one in found
        if one.is_required and one.type not in SENT_TYPES and one.name not in SENT_NAMES
    ]
