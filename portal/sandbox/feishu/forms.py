"""The form of a new instance: a JSON array as text, whose elements fit the definition's widgets.

Fact sheet, section 4.1 and traps 1 to 3.
"""

import json

from .answers import Refusal, bad_param, bad_widget, parsed_json
from .i18n import Texts
from .values import fits, read_value, shown_text
from .widgets import TABLE

IN_WORDS = ("input", "textarea")  # their values may be keys of i18n_resources


def filled_form(definition: dict, text: str, words: Texts | None) -> list[dict]:
    """The values by widget, as they are kept. Raises Refusal 1390001 or 60006 with the widget.

    A required widget that is left out passes; one that is there without a value does not.
    The order is the definition's: a rule of this stand-in.
    """
    try:
        given = parsed_json(text)
    except ValueError:
        raise bad_param("form is not JSON") from None
    if not isinstance(given, list):
        raise bad_param("form is not an array")
    return [_filled(*pair, words) for pair in _paired(definition["widgets"], given)]


def _paired(widgets: list[dict], given: list) -> list[tuple[dict, dict]]:
    """Each element with its widget, which may be named by either of its ids."""
    places = {}
    for place, widget in enumerate(widgets):
        places |= {key: place for key in (widget["id"], widget["custom_id"]) if key}
    pairs, last = [], -1
    for entry in given:
        key = entry.get("id") if isinstance(entry, dict) else None
        if not isinstance(key, str) or key not in places:
            raise bad_widget(key, "控件不存在于审批定义中")
        if not entry.get("type"):
            raise bad_widget(key, "表单控件类型为空")
        widget = widgets[places[key]]
        if entry["type"] != widget["type"]:
            raise bad_widget(key, f"控件类型应为 {widget['type']}")
        if places[key] <= last:
            raise bad_widget(key, "控件重复或顺序与审批定义不一致")
        last = places[key]
        pairs.append((widget, entry))
    return pairs


def _filled(widget: dict, entry: dict, words: Texts | None) -> dict:
    kept = {
        "id": widget["id"], "custom_id": widget["custom_id"], "name": widget["name"],
        "component_type": widget["type"],
    }
    if widget["type"] == TABLE:
        rows = _rows(widget, entry.get("value"), words)
        table = [[{"name": cell["name"], "value": cell["value"]} for cell in row] for row in rows]
        read = [[_read(cell) for cell in row] for row in rows]
        return kept | {"value": json.dumps(table, ensure_ascii=False), "read": read}
    if not fits(widget, entry):
        raise _empty_or_wrong(widget)
    value = entry["value"]
    if words and widget["type"] in IN_WORDS:
        value = words.known(value)
    return kept | {"value": shown_text(widget, value), "read": read_value(widget, value)}


def _rows(widget: dict, value, words: Texts | None) -> list[list[dict]]:
    """[[{id, type, value}, …], …]: rows of cells."""
    if not isinstance(value, list) or not value:
        raise _empty_or_wrong(widget)
    if not all(isinstance(row, list) and row for row in value):
        raise bad_widget(widget["id"], "明细控件的值应为由单元格组成的行")
    return [[_filled(*pair, words) for pair in _paired(widget["children"], row)] for row in value]


def _empty_or_wrong(widget: dict) -> Refusal:
    return Refusal(60006, f"form validation failed: 控件={widget['id']}，控件值不合法或者为空")


def _read(kept: dict) -> dict:
    """An element of the form as reading an instance gives it."""
    shown = {name: kept[name] for name in ("id", "name")}
    if kept["custom_id"]:
        shown["custom_id"] = kept["custom_id"]
    return shown | {"type": kept["component_type"], "ext": None, "value": kept["read"]}


def read_form(values: list[dict]) -> str:
    """The form of an instance, as text."""
    return json.dumps([_read(value) for value in values], ensure_ascii=False)
