"""Widgets of a definition: are they well made, and how reading shows them.

Fact sheet, sections 3.2 and 3.3.
"""

from .answers import bad_param, bad_widget, parsed_json
from .i18n import Texts

WITH_OPTIONS = ("radioV2", "checkboxV2")
TABLE = "fieldList"
TYPES = frozenset((
    "input", "textarea", "number", "amount", "text", *WITH_OPTIONS, "date", "dateInterval",
    "contact", "department", "connect", "document", "attachmentV2", "image", "telephone",
    "address", TABLE,
))  # fmt: skip
DIRECTIONS = ("LIST", "FORM")


def checked_widgets(form_content: str, texts: Texts) -> list[dict]:
    """The widgets as they are kept. Raises Refusal 1390001, which names the one that is bad."""
    try:
        given = parsed_json(form_content)
    except ValueError:
        raise bad_param("form_content is not JSON") from None
    if not isinstance(given, list) or not given:
        raise bad_param("form_content is not an array of widgets")
    seen = set()
    return [_checked(item, texts, seen, TYPES) for item in given]


def _checked(given, texts: Texts, seen: set, allowed: frozenset) -> dict:
    key = given.get("id") if isinstance(given, dict) else None
    if not isinstance(key, str) or not key:
        raise bad_widget(key, "id is required")
    if given.get("type") not in allowed:
        raise bad_widget(key, f"type {given.get('type')!r} cannot be created")
    if not isinstance(given.get("required"), bool):
        raise bad_widget(key, "required is true or false")
    custom = given.get("custom_id") or ""
    if not isinstance(custom, str):
        raise bad_widget(key, "custom_id")
    for name in {key, custom} - {""}:
        if name in seen:
            raise bad_widget(key, f"the id {name} is not unique in the definition")
        seen.add(name)
    widget = {
        "id": key, "custom_id": custom, "type": given["type"], "required": given["required"],
        "name": texts.text(given.get("name"), f"控件={key}"),
        "printable": bool(given.get("printable", True)),
    }
    return widget | _more(given, texts, seen)


def _more(given: dict, texts: Texts, seen: set) -> dict:
    """What some types have beside the common members."""
    key, value = given["id"], given.get("value")
    if given["type"] == "text":
        return {"text": texts.text(value, f"控件={key}")}
    if given["type"] in WITH_OPTIONS:
        return {"options": _options(key, value, texts)}
    if given["type"] == TABLE:
        option = given.get("option") or {}
        if not isinstance(option, dict) or any(
            option.get(name, "FORM") not in DIRECTIONS for name in ("inputType", "printType")
        ):
            raise bad_widget(key, "option")
        if not isinstance(value, list) or not value:
            raise bad_widget(key, "value is an array of widgets")
        return {"children": [_checked(child, texts, seen, TYPES - {TABLE}) for child in value]}
    return {}


def _options(widget: str, value, texts: Texts) -> list[dict]:
    if not isinstance(value, list) or not value:
        raise bad_widget(widget, "value is an array of options")
    options = []
    for option in value:
        key = option.get("key") if isinstance(option, dict) else None
        if not isinstance(key, str) or not key or key in [one["key"] for one in options]:
            raise bad_widget(widget, "option key")
        options.append({"key": key, "text": texts.text(option.get("text"), f"控件={widget}")})
    return options


def read_shape(widget: dict) -> dict:
    """Reading names things otherwise than creating: `children`, options as value and text."""
    shown = {name: widget[name] for name in ("id", "name", "type", "printable", "required")}
    shown |= {"visible": True, "default_value_type": "", "widget_default_value": ""}
    if widget["custom_id"]:
        shown["custom_id"] = widget["custom_id"]
    if "options" in widget:
        shown["option"] = [{"value": o["key"], "text": o["text"]} for o in widget["options"]]
    if "children" in widget:
        shown["children"] = [read_shape(child) for child in widget["children"]]
        shown["option"] = {"input_type": "FORM", "print_type": "FORM"}
    if "text" in widget:
        shown["value"] = widget["text"]
    return shown
