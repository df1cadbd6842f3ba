"""Which action a call of /open-api names: in its path, query or body. Fact sheet, section 1.

The gate asks too, before any view, so that faults and the log of calls see the action.
"""

import json
from urllib.parse import parse_qs

PATH = "/open-api"
LONGEST = 60  # as much of a name as the log keeps


def is_call(path: str) -> bool:
    return path == PATH or path.startswith(f"{PATH}/")


def named_actions(path: str, query: str, body: bytes) -> list[str]:
    """Every different name that a call gives, the path's first; none or several are mistakes."""
    found = [path.removeprefix(PATH).strip("/")]
    asked = parse_qs(query)
    found += [name for key in ("Action", "action") for name in asked.get(key, ())]
    found.append(_in_body(body))
    return list(dict.fromkeys(name for name in found if name))


def logged_path(path: str, query: str, body: bytes) -> str:
    """What faults match and the log shows: `/open-api?Action=CreateIssue`, however it was said."""
    if not is_call(path):
        return path
    names = named_actions(path, query, body)
    return f"{PATH}?Action={names[0][:LONGEST]}" if names else PATH


def _in_body(body: bytes) -> str:
    if b'"Action"' not in body:
        return ""
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        return ""
    name = found.get("Action") if isinstance(found, dict) else None
    return name if isinstance(name, str) else ""
