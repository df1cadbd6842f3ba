"""Faults that tests order: which request is hit, by what, how often."""

import random
import re
import uuid

from .store import Store

BEFORE = ("lost_before", "delay", "status", "flood", "kill_before")
AFTER = (
    "lost_after", "delay_after", "status_after", "half", "drip", "barrier",
    "kill_after", "kill_answered",
)  # fmt: skip
REFUSALS = ("qps", "qps_api", "quota", "token", "ip", "ban", "ban_json")
KINDS = (*BEFORE, *AFTER, *REFUSALS, "late_effect")
KILLS = ("kill_before", "kill_after", "kill_answered")

DEFAULTS = {
    "match": "", "method": None, "kind": None, "times": 1, "skip": 0, "rate": 1, "seed": 0,
    "seconds": None, "status": 500, "body": "", "headers": {}, "bytes": None, "pid": None,
    "reset": False, "parties": 2, "gzip": False, "chunked": False,
}


class BadFault(ValueError):
    """A fault that cannot be; the text says why."""


def add_fault(store: Store, given: dict) -> dict:
    """Keep a fault; returns it with its id. Raises BadFault.

    match: part of the path, or a regular expression for it; method: optional.
    times: how many requests are hit, null = all; skip: how many pass first.
    rate: 0..1 of the requests, drawn from seed: the same numbers draw the same requests.
    """
    unknown = set(given) - set(DEFAULTS)
    if unknown:
        raise BadFault(f"unknown fields: {', '.join(sorted(unknown))}")
    fault = DEFAULTS | given
    if fault["kind"] not in KINDS:
        raise BadFault(f"unknown kind {fault['kind']!r}; known: {', '.join(KINDS)}")
    if fault["kind"] in KILLS and not (isinstance(fault["pid"], int) and fault["pid"] > 1):
        raise BadFault("a kill needs the pid of a process")
    fault |= {"id": uuid.uuid4().hex[:12], "seen": 0, "hits": 0}
    return store.put("fault", fault["id"], fault)


def take_fault(store: Store, method: str, path: str) -> dict | None:
    """The first fault that hits this request, counted off."""
    if not store.every("fault"):
        return None
    with store.transaction():
        for fault in store.every("fault"):
            if not _matches(fault, method, path):
                continue
            fault["seen"] += 1
            is_hit = _is_hit(fault)
            fault["hits"] += is_hit
            store.put("fault", fault["id"], fault)
            if is_hit:
                return fault
    return None


def _matches(fault: dict, method: str, path: str) -> bool:
    if fault["method"] and fault["method"].upper() != method:
        return False
    if fault["match"] in path:
        return True
    try:
        return re.search(fault["match"], path) is not None
    except re.error:
        return False


def _is_hit(fault: dict) -> bool:
    if fault["seen"] <= fault["skip"]:
        return False
    if fault["times"] is not None and fault["hits"] >= fault["times"]:
        return False
    draw = random.Random(f"{fault['seed']}:{fault['seen']}").random()
    return draw < fault["rate"]
