"""Is a form template well made? Fact sheet, section 3a."""

import json
import uuid

from .answers import Refusal

COMPONENT_TYPES = frozenset((
    "TextField", "TextareaField", "NumberField", "MoneyField", "DDSelectField",
    "DDMultiSelectField", "DDDateField", "DDDateRangeField", "TextNote", "PhoneField",
    "DDPhotoField", "TableField", "DDAttachment", "InnerContactField", "DepartmentField",
    "RelateField", "AddressField", "StarRatingField", "TimeAndLocationField",
))  # fmt: skip
IN_TABLES = frozenset(("TextField", "TextareaField", "NumberField", "DDPhotoField"))
SELECTS = frozenset(("DDSelectField", "DDMultiSelectField"))
TEXT_LIMITS = {"componentId": 64, "bizAlias": 64, "label": 20, "placeholder": 128, "content": 500}
FLAGS = ("required", "disabled", "invisible", "verticalPrint")
CONFIG_FLAGS = frozenset((
    "disableStopProcessButton", "hidden", "disableDeleteProcess", "disableFormEdit",
    "disableResubmit", "disableHomepage",
))  # fmt: skip


def checked_template(body: dict) -> dict:
    """The template's content as it is kept. Raises Refusal formschema.error."""
    name, description = body.get("name"), body.get("description", "")
    if not isinstance(name, str) or not name.strip() or len(name) > 200:
        raise _bad("name")
    if description is not None and (not isinstance(description, str) or len(description) > 300):
        raise _bad("description")
    config = body.get("templateConfig") or {}
    if not isinstance(config, dict) or any(
        name in CONFIG_FLAGS and not isinstance(value, bool) for name, value in config.items()
    ):
        raise _bad("templateConfig")
    return {
        "name": name,
        "description": description or "",
        "components": _components(body.get("formComponents"), set(), COMPONENT_TYPES),
        "config": config,
    }


def _components(given, seen: set, allowed: frozenset) -> list[dict]:
    if not isinstance(given, list) or not 1 <= len(given) <= 200:
        raise _bad("formComponents")
    return [_component(item, seen, allowed) for item in given]


def _component(given, seen: set, allowed: frozenset) -> dict:
    kind = given.get("componentType") if isinstance(given, dict) else None
    props = given.get("props") if isinstance(given, dict) else None
    if kind not in allowed or not isinstance(props, dict):
        raise _bad(f"componentType {kind}")
    _check_props(kind, props)
    # The document wants one of the two, its own sample omits both: then an id is made up.
    component_id = props.get("componentId") or props.get("bizAlias")
    component_id = component_id or f"{kind}-{uuid.uuid4().hex[:8].upper()}"
    if component_id in seen:
        raise _bad(f"componentId {component_id}")
    seen.add(component_id)
    component = {"type": kind, "id": component_id, "label": props.get("label", ""), "props": props}
    if kind == "TableField":
        component["children"] = _components(given.get("children"), seen, IN_TABLES)
    return component


def _check_props(kind: str, props: dict) -> None:
    for name, limit in TEXT_LIMITS.items():
        value = props.get(name)
        if value is not None and (not isinstance(value, str) or len(value) > limit):
            raise _bad(f"{kind} {name}")
    if kind != "TextNote" and not props.get("label"):
        raise _bad(f"{kind} label")
    if any(not isinstance(props.get(name, False), bool | None) for name in FLAGS):
        raise _bad(f"{kind} required")
    if kind in SELECTS and not _are_options(props.get("options")):
        raise _bad(f"{kind} options")
    if kind == "DDDateRangeField" and not _is_pair(props["label"]):
        raise _bad(f"{kind} label")


def _are_options(options) -> bool:
    return bool(options) and isinstance(options, list) and all(
        isinstance(option, dict) and isinstance(option.get("key"), str)
        and isinstance(option.get("value"), str) for option in options
    )


def _is_pair(text: str) -> bool:
    try:
        labels = json.loads(text)
    except ValueError:
        return False
    return isinstance(labels, list) and len(labels) == 2


def _bad(where: str) -> Refusal:
    return Refusal("formschema.error", f"表单schema错误：{where}")
