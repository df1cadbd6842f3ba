"""/open-api, the one door: which action, whose token, is it permitted, is it too often.

Fact sheet, sections 1, 2 and 6. What a missing permission looks like is our guess.
"""

from flask import Blueprint, Response, request

from ..calls import recent_calls
from ..rules import current_rules
from ..store import Store, current_store
from .actions import ACTIONS
from .answers import Refusal, json_body, success
from .naming import PATH, named_actions
from .refusals import register, too_many
from .tokens import app_of_header

bp = Blueprint("coding_api", __name__)
register(bp)


@bp.post(PATH)
@bp.post(f"{PATH}/")
@bp.post(f"{PATH}/<name>")
def call(name: str = "") -> Response:
    """https://help.coding.net/openapi"""
    store, body = current_store(), json_body()
    action = _asked_action()
    app = app_of_header(store)
    if action not in ACTIONS:
        raise Refusal("InvalidAction", f"The action {action} does not exist.")
    _need_scope(app, ACTIONS[action].scopes)
    _check_rate(store, app["app_key"], action)
    with store.transaction():
        return success(ACTIONS[action].answer(store, app, body))


def _asked_action() -> str:
    query = request.query_string.decode(errors="replace")
    named = named_actions(request.path, query, request.get_data())
    if len(named) != 1:
        said = f"Different actions are named: {', '.join(named)}" if named else "Action is missing"
        raise Refusal("InvalidAction", f"{said}.")
    return named[0]


def _need_scope(app: dict, scopes: tuple[str, ...]) -> None:
    if not set(scopes) & set(app["scopes"]):
        raise Refusal("UnauthorizedOperation",
                      f"The token lacks the permission {' or '.join(scopes)}.")


def _check_rate(store: Store, app_key: str, action: str) -> None:
    most = current_rules(store)["coding_qps"]
    limits = [] if most is None else [(most, 1)]
    if recent_calls().limit_hit(("coding", app_key, action), limits):
        raise too_many()
