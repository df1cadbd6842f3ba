"""Do the values of a new instance fit the template? Fact sheet, section 4."""

import json
import re

from ..people import active_person
from ..store import Store
from .answers import Refusal

LONGEST = 65535
MOST = 150
PATTERNS = {
    "NumberField": r"-?\d+(\.\d+)?",
    "MoneyField": r"-?\d+(\.\d+)?",
    "DDDateField": r"\d{4}-\d\d-\d\d( \d\d:\d\d)?",
}
# Values that are a JSON array of texts, as text.
LISTS = (
    "DDMultiSelectField", "InnerContactField", "DDDateRangeField", "DDPhotoField", "RelateField",
)


def checked_values(store: Store, template: dict, given) -> list[dict]:
    """The form's values in the template's order. Raises Refusal formConverterError, which names
    the component that does not fit."""
    if not isinstance(given, list) or not 1 <= len(given) <= MOST:
        raise Refusal("invalidParameter", "参数错误：formComponentValues")
    by_label = {c["label"]: c for c in template["components"] if c["type"] != "TextNote"}
    found = {}
    for entry in given:
        name = entry.get("name") if isinstance(entry, dict) else None
        component = by_label.get(name) if isinstance(name, str) else None
        if component is None or name in found or not _fits(store, component, entry):
            raise _misfit(name)
        found[name] = _kept(component, entry)
    for label, component in by_label.items():
        if component["props"].get("required") and not found.get(label, {}).get("value"):
            raise _misfit(label)
    return [found[label] for label in by_label if label in found]


def _kept(component: dict, entry: dict) -> dict:
    return {
        "id": component["id"], "name": component["label"], "value": entry["value"],
        "ext_value": entry.get("extValue") or "", "component_type": component["type"],
        "biz_alias": component["props"].get("bizAlias", ""),
    }


def _fits(store: Store, component: dict, entry: dict) -> bool:
    value, extra = entry.get("value"), entry.get("extValue")
    if not isinstance(value, str) or len(value) > LONGEST:
        return False
    if extra is not None and (not isinstance(extra, str) or len(extra) > LONGEST):
        return False
    if entry.get("id") not in (None, "", component["id"]):
        return False
    return not value or _value_fits(store, component, value)


def _value_fits(store: Store, component: dict, value: str) -> bool:
    kind = component["type"]
    if kind in PATTERNS:
        return re.fullmatch(PATTERNS[kind], value) is not None
    if kind == "DDSelectField":
        return value in _options(component)
    if kind == "TableField":
        return _is_table(component, value)
    return kind not in LISTS or _is_list(store, component, value)


def _is_list(store: Store, component: dict, value: str) -> bool:
    texts = _parsed(value)
    if not isinstance(texts, list) or not all(isinstance(text, str) for text in texts):
        return False
    if component["type"] == "InnerContactField":
        return all(active_person(store, text) for text in texts)
    return component["type"] != "DDMultiSelectField" or set(texts) <= _options(component)


def _is_table(component: dict, value: str) -> bool:
    """A JSON array of rows, each an array of {"name", "value"} whose names are column labels."""
    rows = _parsed(value)
    children = {child["label"]: child for child in component["children"]}
    if not isinstance(rows, list) or not all(isinstance(row, list) for row in rows):
        return False
    return all(
        isinstance(cell, dict) and isinstance(cell.get("value"), str)
        and cell.get("name") in children
        for row in rows for cell in row
    )


def _options(component: dict) -> set[str]:
    return {option["value"] for option in component["props"]["options"]}


def _parsed(value: str):
    try:
        return json.loads(value)
    except (ValueError, RecursionError):
        return None


def _misfit(name) -> Refusal:
    return Refusal("formConverterError", f"表单数据校验失败，失败控件：{name}")
