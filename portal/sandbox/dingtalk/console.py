"""What an administrator does in the console, by order of a test."""

from ..store import Store
from .templates import live_templates

__all__ = ["change_template", "templates"]


def templates(store: Store) -> list[dict]:
    """The templates that are not deleted, oldest first."""
    return live_templates(store)


def change_template(store: Store, code: str, changes: dict) -> dict | None:
    """status (INVALID = 停用), rename {"old": "new"} of labels, name, deleted."""
    template = store.get("template", code)
    if template is None:
        return None
    for component in template["components"]:
        label = changes.get("rename", {}).get(component["label"], component["label"])
        component["label"] = component["props"]["label"] = label
    template |= {name: changes[name] for name in ("status", "name") if name in changes}
    template["is_deleted"] = changes.get("deleted", template["is_deleted"])
    return store.put("template", code, template)
