"""Apps, permissions and templates for tests and demos, of every platform."""

from flask import Blueprint, jsonify

from . import cards
from .door import BadOrder, order, register
from .platforms import PLATFORMS
from .seed import FIRST_APPS
from .store import Store, current_store

bp = Blueprint("control_apps", __name__, url_prefix="/control")
register(bp)


@bp.get("/apps")
def apps():
    return jsonify(apps=current_store().every("app"))


@bp.post("/apps")
def change_app():
    """{"provider", "app_key", "app_secret"}: add an app, or change its secret; "revoke_tokens":
    true makes its tokens invalid. Without a provider DingTalk is meant, without a key the app that
    was there at first."""
    store, body = current_store(), order()
    provider, key = _named(store, body)
    with store.transaction():
        app = store.get("app", key) or {
            "provider": provider, "app_key": key, "app_secret": "",
            "scopes": list(PLATFORMS[provider].DEFAULT_SCOPES), "unpublished": [],
        }
        app["app_secret"] = body.get("app_secret", app["app_secret"])
        if not app["app_secret"]:
            raise BadOrder("a new app needs an app_secret")
        store.put("app", key, app)
        if body.get("revoke_tokens"):
            PLATFORMS[provider].revoke_tokens(store, key)
    return jsonify(app)


@bp.get("/scopes")
def scopes():
    every = current_store().every("app")
    names = {}
    for platform in PLATFORMS.values():
        names |= platform.CONSOLE_NAMES
    return jsonify(scopes={app["app_key"]: app["scopes"] for app in every}, names=names,
                   unpublished={app["app_key"]: app["unpublished"] for app in every})


@bp.post("/scopes")
def change_scopes():
    """{"provider", "app_key", "grant", "revoke"} by code or console name; at once.

    "published": false grants to a version that nobody has published: it counts for nothing, until
    "publish": true.
    """
    store, body = current_store(), order()
    with store.transaction():
        provider, key = _named(store, body)
        platform = PLATFORMS[provider]
        known = platform.CONSOLE_NAMES
        granted, revoked = (_codes(platform, body.get(name, [])) for name in ("grant", "revoke"))
        app = store.get("app", key)
        if app is None:
            raise BadOrder("unknown app_key")
        waiting = set(app["unpublished"]) | (granted if body.get("published") is False else set())
        held = set(app["scopes"]) | (granted - waiting)
        if body.get("publish"):
            held, waiting = held | waiting, set()
        app["scopes"] = [code for code in known if code in held - revoked]
        app["unpublished"] = [code for code in known if code in waiting - revoked - held]
        store.put("app", key, app)
    return jsonify({name: app[name] for name in ("app_key", "scopes", "unpublished")})


@bp.get("/templates")
def templates():
    """Of every platform, each with its `provider`."""
    store = current_store()
    return jsonify(templates=[
        {"provider": name, **template}
        for name, platform in cards.PLATFORMS.items() for template in platform.templates(store)
    ])


@bp.post("/templates/<code>")
def change_template(code: str):
    """What an admin does in the console: status (INVALID or INACTIVE = 停用), rename {"old":
    "new"}, name, deleted."""
    store, body = current_store(), order()
    with store.transaction():
        for platform in cards.PLATFORMS.values():
            try:
                changed = platform.change_template(store, code, body)
            except ValueError as error:
                raise BadOrder(str(error)) from error
            if changed is not None:
                return jsonify(changed)
    raise BadOrder("unknown template")


def _named(store: Store, body: dict) -> tuple[str, str]:
    """(provider, app_key) that an order means."""
    app = store.get("app", body.get("app_key", ""))
    provider = body.get("provider") or (app or {}).get("provider") or "dingtalk"
    if provider not in PLATFORMS:
        raise BadOrder(f"unknown provider; known: {', '.join(PLATFORMS)}")
    if app and app["provider"] != provider:
        raise BadOrder(f"this app_key belongs to {app['provider']}")
    return provider, body.get("app_key") or FIRST_APPS[provider][0]


def _codes(platform, names: list[str]) -> set[str]:
    """Codes for codes or console names."""
    known = platform.CONSOLE_NAMES
    by_name = {shown: code for code, shown in known.items()} | platform.OTHER_NAMES
    if not all(name in known or name in by_name for name in names):
        raise BadOrder(f"unknown scope; known: {', '.join(known)}")
    return {name if name in known else by_name[name] for name in names}
