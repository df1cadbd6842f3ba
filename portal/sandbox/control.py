"""The door for tests and demos: JSON under /control. Nothing protects it: a stand-in only."""

from collections import Counter

from flask import Blueprint, jsonify, request

from . import cards
from .dingtalk.scopes import CONSOLE_NAMES, DEFAULT_SCOPES, scope_code
from .dingtalk.templates import live_templates
from .dingtalk.tokens import revoke_tokens
from .faults import KILLS, BadFault, add_fault
from .people import BadPerson, put_person
from .rules import BadRule, change_rules, current_rules
from .seed import DEFAULT_APP_KEY, plant
from .store import current_store

THIS_MACHINE = {"127.0.0.1", "::1", "[::1]", "localhost"}

bp = Blueprint("control", __name__, url_prefix="/control")


class BadOrder(ValueError):
    """What a test asked for makes no sense; the text says why."""


@bp.errorhandler(BadOrder)
@bp.errorhandler(BadFault)
@bp.errorhandler(BadPerson)
@bp.errorhandler(BadRule)
def refuse(error: Exception):
    return jsonify(error=str(error)), 400


@bp.errorhandler(cards.NotAllowed)
def refuse_press(error: Exception):
    return jsonify(error=str(error)), 409


@bp.before_request
def want_json():
    """A page on another site can post forms and text to us, but not JSON."""
    if request.method == "POST" and request.get_data() and not request.is_json:
        return jsonify(error="send application/json"), 415
    return None


def order() -> dict:
    """The request's JSON object; nothing sent is an empty one."""
    body = request.get_json() if request.get_data() else {}
    if not isinstance(body, dict):
        raise BadOrder("send a JSON object")
    return body


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


@bp.get("/apps")
def apps():
    return jsonify(apps=current_store().every("app"))


@bp.post("/apps")
def change_app():
    """Add an app, or change its secret; "revoke_tokens": true makes its tokens invalid."""
    store, body = current_store(), order()
    key = body.get("app_key", DEFAULT_APP_KEY)
    with store.transaction():
        app = store.get("app", key)
        if app is None:
            app = {"app_key": key, "app_secret": "", "scopes": list(DEFAULT_SCOPES)}
        app["app_secret"] = body.get("app_secret", app["app_secret"])
        if not app["app_secret"]:
            raise BadOrder("a new app needs an app_secret")
        store.put("app", key, app)
        if body.get("revoke_tokens"):
            revoke_tokens(store, key)
    return jsonify(app)


@bp.get("/scopes")
def scopes():
    return jsonify(scopes={a["app_key"]: a["scopes"] for a in current_store().every("app")},
                   names=CONSOLE_NAMES)


@bp.post("/scopes")
def change_scopes():
    """Grant and revoke by code or console name; at once, as on the platform."""
    store, body = current_store(), order()
    try:
        granted = [scope_code(name) for name in body.get("grant", [])]
        revoked = [scope_code(name) for name in body.get("revoke", [])]
    except StopIteration:
        raise BadOrder(f"unknown scope; known: {', '.join(CONSOLE_NAMES)}") from None
    with store.transaction():
        app = store.get("app", body.get("app_key", DEFAULT_APP_KEY))
        if app is None:
            raise BadOrder("unknown app_key")
        held = (set(app["scopes"]) | set(granted)) - set(revoked)
        app["scopes"] = [code for code in CONSOLE_NAMES if code in held]
        store.put("app", app["app_key"], app)
    return jsonify(app_key=app["app_key"], scopes=app["scopes"])


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


@bp.get("/templates")
def templates():
    return jsonify(templates=live_templates(current_store()))


@bp.post("/templates/<code>")
def change_template(code: str):
    """What an admin does in the console: status (INVALID = 停用), rename {"old": "new"},
    name, deleted."""
    store, body = current_store(), order()
    with store.transaction():
        template = store.get("template", code)
        if template is None:
            raise BadOrder("unknown template")
        for component in template["components"]:
            label = body.get("rename", {}).get(component["label"], component["label"])
            component["label"] = component["props"]["label"] = label
        template |= {name: body[name] for name in ("status", "name") if name in body}
        template["is_deleted"] = body.get("deleted", template["is_deleted"])
        store.put("template", code, template)
    return jsonify(template)


@bp.post("/reset")
def reset():
    """Back to the first start: cards, people, apps, rules, faults and log forgotten."""
    store = current_store()
    with store.transaction():
        store.clear()
        plant(store, DEFAULT_SCOPES)
    return jsonify(reset=True)
