"""The door for tests and demos: JSON under /control. Nothing protects it: a stand-in only.

People, rules, faults, the log of calls; see the other control_*.py for the rest.
"""

from collections import Counter

from flask import Blueprint, jsonify, request

from .calls import recent_calls
from .door import BadOrder, order, register
from .faults import KILLS, add_fault
from .people import put_person
from .platforms import PLATFORMS
from .rules import change_rules, current_rules
from .seed import plant
from .store import current_store

THIS_MACHINE = {"127.0.0.1", "::1", "[::1]", "localhost"}

bp = Blueprint("control", __name__, url_prefix="/control")
register(bp)


def default_scopes() -> dict[str, tuple]:
    """What a new app holds, by platform."""
    return {name: platform.DEFAULT_SCOPES for name, platform in PLATFORMS.items()}


@bp.get("/people")
def people():
    return jsonify(people=current_store().every("person"))


@bp.post("/people")
def change_people():
    """Add or change people; "reset": true forgets all others."""
    store, body = current_store(), order()
    with store.transaction():
        if body.get("reset"):
            store.drop("person")
        for person in body.get("people", []):
            put_person(store, person)
    return people()


@bp.get("/rules")
def rules():
    return jsonify(current_rules(current_store()))


@bp.post("/rules")
def set_rules():
    return jsonify(change_rules(current_store(), order()))


@bp.get("/faults")
def faults():
    return jsonify(faults=current_store().every("fault"))


@bp.post("/faults")
def new_fault():
    body = order()
    # The host too: a page elsewhere may have pointed its own name at this machine.
    host = request.host.rsplit(":", 1)[0]
    if body.get("kind") in KILLS and not {request.remote_addr, host} <= THIS_MACHINE:
        raise BadOrder("a process is killed for callers on this machine only")
    return jsonify(add_fault(current_store(), body))


@bp.delete("/faults")
@bp.delete("/faults/<key>")
def drop_faults(key=None):
    current_store().drop("fault", key)
    return faults()


@bp.get("/calls")
def calls():
    """Every call of a platform's API since the log was cleared, with counts by path."""
    found = current_store().calls()
    return jsonify(
        calls=found, total=len(found),
        by_path=Counter(f"{call['method']} {call['path']}" for call in found),
        by_code=Counter(call["code"] or str(call["status"]) for call in found),
        counted=sum(call["counted"] for call in found),
        usage={u["month"]: u["calls"] for u in current_store().every("usage")},
    )


@bp.delete("/calls")
def clear_calls():
    current_store().clear_calls()
    return calls()


@bp.post("/reset")
def reset():
    """Back to the first start: cards, people, apps, rules, faults and log forgotten."""
    store = current_store()
    with store.transaction():
        store.clear()
        plant(store, default_scopes())
    recent_calls().forget()
    return jsonify(reset=True)
