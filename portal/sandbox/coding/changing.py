"""ModifyIssue, ModifyIssueDescription, DeleteIssue, CreateIssueComment. Fact sheet, section 4."""

from ..store import Store, now_ms
from . import issues, texts
from .answers import BAD_VALUE, Refusal
from .creating import priority
from .issues import asked_issue
from .members import assignee, owner
from .parameters import bad_value, number
from .projects import open_project
from .shown import shown_issue
from .words import status_of_id


def modify(store: Store, app: dict, body: dict) -> dict:
    """Name, Priority, StatusId, AssigneeId. A Description changes nothing here."""
    project, issue = _asked(store, body)
    values = {}
    if body.get("Name"):
        values["name"] = texts.title(store, body)
    if body.get("Priority") is not None:
        values["priority"] = priority(body)
    if body.get("AssigneeId") is not None:
        values["assignee"] = assignee(store, project, body)
    status = _status(issue, body)
    issue = issues.change(store, issue, **values)
    if status not in (None, issue["status"]):
        issue = issues.move(store, issue, status)
    return {"Issue": shown_issue(store, issue)}


def modify_description(store: Store, app: dict, body: dict) -> dict:
    _, issue = _asked(store, body)
    issues.change(store, issue, description=texts.description(store, body, is_required=True))
    return {}


def delete(store: Store, app: dict, body: dict) -> dict:
    _, issue = _asked(store, body)
    issues.delete(store, issue)
    return {}


def comment(store: Store, app: dict, body: dict) -> dict:
    """ParentId 0: at the top level, else under another comment."""
    _, issue = _asked(store, body)
    content, parent = texts.comment(store, body), number(body, "ParentId")
    if parent and parent not in [said["id"] for said in issue["comments"]]:
        raise bad_value("ParentId")
    said = {"id": store.count_up("coding comments"), "parent": parent, "user": owner(store),
            "content": content, "at": now_ms()}
    issues.change(store, issue, comments=[*issue["comments"], said])
    return {}


def _asked(store: Store, body: dict) -> tuple[dict, dict]:
    project = open_project(store, body, to_change=True)
    return project, asked_issue(store, project, body)


def _status(issue: dict, body: dict) -> str | None:
    wanted = number(body, "StatusId", 0)
    status = status_of_id(issue["type"], wanted)
    if wanted and status is None:
        raise Refusal(BAD_VALUE, "issue_status_not_exist")
    return status
