"""Values of single widgets: do they fit their type, and how are they shown as text?

Fact sheet, section 3.2, right column, and trap 26.
"""

import json
import re
from datetime import datetime

ZONED = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)")
NUMBER = re.compile(r"-?\d+(\.\d+)?")


def fits(widget: dict, entry: dict) -> bool:
    """Is the entry's value one of the widget's type, and not empty? Tables are not asked here.

    entry: an element of the form, as sent: `value` may have siblings.
    """
    value = entry.get("value")
    return value is not None and _TYPES[widget["type"]][0](widget, entry, value)


def shown_text(widget: dict, value) -> str:
    """The value as people read it on their phone."""
    return _TYPES[widget["type"]][1](widget, value)


def read_value(widget: dict, value):
    """The value as the API gives it back: options by their text."""
    if widget["type"] == "radioV2":
        return _option_texts(widget)[value]
    if widget["type"] == "checkboxV2":
        return [_option_texts(widget)[key] for key in value]
    return value


def _is_text(widget: dict, entry: dict, value) -> bool:
    return isinstance(value, str) and value != ""


def _is_number(widget: dict, entry: dict, value) -> bool:
    """The document's table says number, its sample has a text: both are taken."""
    if isinstance(value, str):
        return NUMBER.fullmatch(value) is not None
    return isinstance(value, int | float) and not isinstance(value, bool)


def _is_amount(widget: dict, entry: dict, value) -> bool:
    return _is_number(widget, entry, value) and isinstance(entry.get("currency"), str)


def _is_option(widget: dict, entry: dict, value) -> bool:
    return isinstance(value, str) and value in _option_texts(widget)


def _are_options(widget: dict, entry: dict, value) -> bool:
    return _are_texts(widget, entry, value) and set(value) <= set(_option_texts(widget))


def _are_texts(widget: dict, entry: dict, value) -> bool:
    return isinstance(value, list) and bool(value) and all(
        isinstance(item, str) and item for item in value
    )


def _are_people(widget: dict, entry: dict, value) -> bool:
    """Ids of users in `value`, or open ids in its sibling."""
    lists = [ids for ids in (value, entry.get("open_ids")) if ids]
    return bool(lists) and all(_are_texts(widget, entry, ids) for ids in lists)


def _is_date(widget: dict, entry: dict, value) -> bool:
    """RFC 3339 with a zone."""
    if not isinstance(value, str) or not ZONED.fullmatch(value):
        return False
    try:
        datetime.fromisoformat(value)
    except ValueError:
        return False
    return True


def _is_interval(widget: dict, entry: dict, value) -> bool:
    return (
        isinstance(value, dict) and _is_date(widget, entry, value.get("start"))
        and _is_date(widget, entry, value.get("end"))
        and _is_number(widget, entry, value.get("interval"))
    )


def _is_telephone(widget: dict, entry: dict, value) -> bool:
    return isinstance(value, dict) and all(
        isinstance(value.get(name), str) and value[name] for name in ("countryCode",
                                                                      "nationalNumber")
    )


def _is_document(widget: dict, entry: dict, value) -> bool:
    return isinstance(value, dict) and isinstance(value.get("token"), str)


def _are_objects(widget: dict, entry: dict, value) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(v, dict) for v in value)


def _is_never(widget: dict, entry: dict, value) -> bool:
    """Explanations belong to the definition only."""
    return False


def _plain(widget: dict, value) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _chosen(widget: dict, value) -> str:
    read = read_value(widget, value)
    return read if isinstance(read, str) else "、".join(read)


def _option_texts(widget: dict) -> dict[str, str]:
    return {option["key"]: option["text"] for option in widget["options"]}


# type → (does the value fit?, as text)
_TYPES = {
    "input": (_is_text, _plain), "textarea": (_is_text, _plain), "number": (_is_number, _plain),
    "amount": (_is_amount, _plain), "text": (_is_never, _plain),
    "radioV2": (_is_option, _chosen), "checkboxV2": (_are_options, _chosen),
    "date": (_is_date, _plain), "dateInterval": (_is_interval, _plain),
    "contact": (_are_people, _plain), "department": (_are_objects, _plain),
    "connect": (_are_texts, _plain), "document": (_is_document, _plain),
    "attachmentV2": (_are_texts, _plain), "image": (_are_texts, _plain),
    "telephone": (_is_telephone, _plain), "address": (_are_objects, _plain),
}
