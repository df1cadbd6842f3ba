"""A project's issues as pages, with the buttons of a person over there. Fact sheet, section 7."""

import datetime

from flask import Blueprint, abort, redirect, render_template, url_for

from ..headers import keep_safe
from ..people import name_of
from ..store import Store, current_store
from . import issues
from .parameters import ZONE
from .words import PRIORITIES, STATUSES, TYPES

bp = Blueprint("coding_pages", __name__, url_prefix="/p")
bp.after_request(keep_safe)

# action → (words, where it leads, from which statuses)
MOVES = {
    "start": ("开始处理", "PROCESSING", ("TODO",)),
    "finish": ("完成", "COMPLETED", ("TODO", "PROCESSING")),
    "reopen": ("重新打开", "TODO", ("PROCESSING", "COMPLETED")),
}
LOOKS = {"TODO": "", "PROCESSING": "running", "COMPLETED": "agree"}


@bp.get("")
@bp.get("/")
def projects():
    store = current_store()
    return render_template("coding/projects.html", projects=[
        project | {"count": len(issues.issues_of(store, project["name"]))}
        for project in store.every("coding_project")
    ])


@bp.get("/<project>/all/issues")
def listed(project: str):
    store = current_store()
    found = _project(store, project)
    rows = [_drawn(store, issue) for issue in reversed(issues.issues_of(store, project))]
    return render_template("coding/issues.html", project=found, issues=rows)


@bp.get("/<project>/all/issues/<int:code>")
def one(project: str, code: int):
    store = current_store()
    issue = _drawn(store, _issue(store, project, code))
    buttons = [(action, words) for action, (words, _, starts) in MOVES.items()
               if issue["status"] in starts]
    return render_template("coding/issue.html", project=_project(store, project), issue=issue,
                           buttons=buttons)


@bp.post("/<project>/all/issues/<int:code>/<action>")
def press(project: str, code: int, action: str):
    """A button; one that has come too late changes nothing."""
    store = current_store()
    if action != "delete" and action not in MOVES:
        abort(404)
    with store.transaction():
        issue = _issue(store, project, code)
        if action == "delete":
            issues.delete(store, issue)
            return redirect(url_for(".listed", project=project))
        _, status, starts = MOVES[action]
        if issue["status"] in starts:
            issues.move(store, issue, status)
    return redirect(url_for(".one", project=project, code=code))


def _project(store: Store, name: str) -> dict:
    return store.get("coding_project", name) or abort(404)


def _issue(store: Store, project: str, code: int) -> dict:
    return issues.find_issue(store, project, code) or abort(404)


def _drawn(store: Store, issue: dict) -> dict:
    """An issue in words for the page."""
    return issue | {
        "type_name": TYPES[issue["type"]][0], "priority_name": PRIORITIES[issue["priority"]],
        "status_name": STATUSES[issue["status"]], "look": LOOKS[issue["status"]],
        "assignee_name": name_of(store, issue["assignee"]) if issue["assignee"] else "未指定",
        "creator_name": name_of(store, issue["creator"]), "created": _when(issue["created_at"]),
        "said": [said | {"name": name_of(store, said["user"]), "when": _when(said["at"])}
                 for said in issue["comments"]],
    }


def _when(at: int) -> str:
    return datetime.datetime.fromtimestamp(at / 1000, ZONE).strftime("%Y-%m-%d %H:%M:%S")
