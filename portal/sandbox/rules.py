"""The rules that tests may change, with the platform's own values as defaults."""

from .store import Store

# Times in seconds. Sources: the fact sheet's sections on limits (0.4), tokens (1) and traps (12).
DEFAULT_RULES = {
    "withdraw_after": 15,  # the API refuses to terminate a younger instance
    "allow_withdraw": True,  # the template's switch 允许提交人撤销审批中的审批单
    "comment_after_end": True,  # whether an ended card takes comments: UNCONFIRMED for both
    "token_seconds": 7200,  # counted from the last time the token was given out
    "qps": 20,  # calls per second, per app and API; null = no limit
    "monthly_quota": None,  # counted calls a month; 5000 in the standard edition; null = no limit
    "hide_new_seconds": 0,  # younger instances are missing from the list of ids
    "hide_detail_seconds": 0,  # younger instances have no detail yet
    "hide_tasks_seconds": 0,  # younger instances show no tasks yet
    "auto_pass_originator": False,  # an originator who is an approver passes by themselves
    "auto_pass_repeated": False,  # who agreed in an earlier node passes in a later one
    "feishu_per_minute": 100,  # calls per minute, per app and API, of Feishu's tier 3; null = none
    "feishu_t4_per_minute": 1000,  # of its tier 4
    "feishu_t4_per_second": 50,
    "feishu_monthly_quota": None,  # Feishu's own; null = no limit
    "search_lag_seconds": 0,  # Feishu's searches see cards as they were so long ago
    "coding_qps": 30,  # calls per second, per team and action, of CODING; null = no limit
    "coding_schemes": ["token", "Bearer"],  # of Authorization; whether both work is UNCONFIRMED
    "coding_auth_status": 200,  # any other: a bad token is told as a bare "Invalid"
    "coding_search_lag": 0,  # younger issues, in seconds, are missing from the lists
    "coding_title_chars": 255,  # that there are limits is known, the numbers are our guess
    "coding_description_chars": 100_000,
    "coding_sensitive_words": [],  # content_include_sensitive_words
    "coding_front_words": [],  # the security front stops a body with one of these, in any case
    "coding_front_status": 403,
}

MAY_BE_NONE = (
    "qps", "monthly_quota", "feishu_per_minute", "feishu_t4_per_minute", "feishu_t4_per_second",
    "feishu_monthly_quota", "coding_qps",
)  # fmt: skip


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
        elif isinstance(DEFAULT_RULES[name], list):
            is_good = isinstance(value, list) and all(isinstance(w, str) and w for w in value)
        else:
            is_good = _is_amount(value) or (value is None and name in MAY_BE_NONE)
        if not is_good:
            raise BadRule(f"bad value for {name}: {value!r}")
    with store.transaction():
        changed = (store.get("rules", "rules") or {}) | changes
        store.put("rules", "rules", changed)
        return DEFAULT_RULES | changed


def _is_amount(value) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and value >= 0
