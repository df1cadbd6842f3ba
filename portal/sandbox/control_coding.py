"""CODING for tests and demos: read every issue, set up projects, act as a person over there."""

from flask import Blueprint, jsonify, request

from .coding import issues
from .coding.projects import BadProject, put_project
from .coding.words import STATUSES
from .door import BadOrder, order, register
from .people import name_of
from .store import Store, current_store

bp = Blueprint("control_coding", __name__, url_prefix="/control")
register(bp)


@bp.get("/issues")
def every_issue():
    """All issues, also deleted ones, oldest first; ?project=, ?key= is part of the title."""
    store, key = current_store(), request.args.get("key", "")
    project = request.args.get("project")
    found = [
        _shown(store, issue) for issue in store.every(issues.KIND)
        if project in (None, issue["project"]) and key in issue["name"]
    ]
    return jsonify(issues=found, total=len(found))


@bp.get("/coding/projects")
def projects():
    return jsonify(projects=current_store().every("coding_project"))


@bp.post("/coding/projects")
def change_project():
    """{"name", "display_name", "initialised", "archived", "required": ["working_hour_required",
    "issue_custom_field_required:DEFECT"], "members": [userids] or null}: add one, or change the
    given fields of one."""
    try:
        return jsonify(put_project(current_store(), order()))
    except BadProject as error:
        raise BadOrder(str(error)) from error


@bp.post("/coding/issues/<project>/<int:code>")
def change_issue(project: str, code: int):
    """{"status": TODO, PROCESSING or COMPLETED} or {"deleted": true}, as a person over there."""
    store, body = current_store(), order()
    if body.get("deleted") is not True and body.get("status") not in STATUSES:
        raise BadOrder(f"status: one of {', '.join(STATUSES)}; or deleted: true")
    with store.transaction():
        issue = issues.find_issue(store, project, code)
        if issue is None:
            return jsonify(error="no such issue"), 404
        if body.get("deleted"):
            return jsonify(_shown(store, issues.delete(store, issue)))
        return jsonify(_shown(store, issues.move(store, issue, body["status"])))


def _shown(store: Store, issue: dict) -> dict:
    """As it is kept, with the assignee's name and the address of its page."""
    assignee = name_of(store, issue["assignee"]) if issue["assignee"] else ""
    path = f"p/{issue['project']}/all/issues/{issue['code']}"
    return issue | {"assignee_name": assignee, "url": request.host_url + path}
