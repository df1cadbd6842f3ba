"""The rules that tests may change, with the platform's own values as defaults."""

from .store import Store

# Times in seconds. Sources: the fact sheet's sections on limits (0.4), tokens (1) and traps (12).
DEFAULT_RULES = {
    "withdraw_after": 15,  # the API refuses to terminate a younger instance
    "allow_withdraw": True,  # the template's switch 允许提交人撤销审批中的审批单
    "token_seconds": 7200,  # counted from the last time the token was given out
    "qps": 20,  # calls per second, per app and API; null = no limit
    "monthly_quota": None,  # counted calls a month; 5000 in the standard edition; null = no limit
    "hide_new_seconds": 0,  # younger instances are missing from the list of ids
    "hide_detail_seconds": 0,  # younger instances have no detail yet
    "hide_tasks_seconds": 0,  # younger instances show no tasks yet
    "auto_pass_originator": False,  # an originator who is an approver passes by themselves
    "auto_pass_repeated": False,  # who agreed in an earlier node passes in a later one
}


class BadRule(ValueError):
    """An unknown rule or a value that makes no sense; the text says which."""


def current_rules(store: Store) -> dict:
    """The defaults with what was changed on top."""
    return DEFAULT_RULES | (store.get("rules", "rules") or {})


def change_rules(store: Store, changes: dict) -> dict:
    """Change some rules, returns all. Raises BadRule and changes nothing."""
    for name, value in changes.items():
        if name not in DEFAULT_RULES:
            raise BadRule(f"unknown rule {name!r}; known: {', '.join(DEFAULT_RULES)}")
        if isinstance(DEFAULT_RULES[name], bool):
            is_good = isinstance(value, bool)
        else:
            is_good = _is_amount(value) or (value is None and name in ("qps", "monthly_quota"))
        if not is_good:
            raise BadRule(f"bad value for {name}: {value!r}")
    with store.transaction():
        changed = (store.get("rules", "rules") or {}) | changes
        store.put("rules", "rules", changed)
        return DEFAULT_RULES | changed


def _is_amount(value) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and value >= 0
