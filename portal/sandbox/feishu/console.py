"""What an administrator does in the approval console, by order of a test."""

from ..store import Store

STATUSES = ("ACTIVE", "INACTIVE")


def templates(store: Store) -> list[dict]:
    """The definitions that are not deleted, oldest first."""
    return [_shown(d) for d in store.every("definition") if not d["is_deleted"]]


def change_template(store: Store, code: str, changes: dict) -> dict | None:
    """status (INACTIVE = 停用), rename {"old": "new"} of widgets, name, deleted, settings."""
    definition = store.get("definition", code)
    if definition is None:
        return None
    if changes.get("status", "ACTIVE") not in STATUSES:
        raise ValueError(f"status: one of {', '.join(STATUSES)}")
    renamed = changes.get("rename", {})
    for widget in definition["widgets"]:
        for one in (widget, *widget.get("children", ())):
            one["name"] = renamed.get(one["name"], one["name"])
    definition |= {name: changes[name] for name in ("status", "name") if name in changes}
    definition["settings"] |= changes.get("settings", {})
    definition["is_deleted"] = changes.get("deleted", definition["is_deleted"])
    store.put("definition", code, definition)
    return _shown(definition)


def _shown(definition: dict) -> dict:
    """With the keys that DingTalk's templates have, beside Feishu's own."""
    return definition | {
        "provider": "feishu", "process_code": definition["approval_code"],
        "components": [
            {"id": one["id"], "type": one["type"], "label": one["name"]}
            for one in definition["widgets"]
        ],
    }
