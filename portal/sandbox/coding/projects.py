"""Projects: kept, changed by order, and looked up over the API. Fact sheet, section 4."""

import re

from ..store import Store, now_ms
from .answers import BAD_VALUE, FAILED, NOT_FOUND, Refusal
from .fields import MESSAGES, field_list
from .parameters import page, paged, text
from .words import STATUSES, TYPES, status_id, type_detail

NAME = re.compile(r"[\w-]{1,32}", re.ASCII)
DEFAULTS = {
    "display_name": "", "initialised": True, "archived": False,
    "required": [],  # message keys of fields.py, each for all types or as key:TYPE
    "members": None,  # userids; null = everybody
}
KINDS = {"display_name": str, "initialised": bool, "archived": bool, "required": list,
         "members": list | None}


class BadProject(ValueError):
    """A project that cannot be kept; the text says why."""


def put_project(store: Store, given: dict) -> dict:
    """Add a project, or change the given fields of one. Raises BadProject.

    initialised=False: 项目协同 was never opened.
    """
    name = given.get("name")
    if not isinstance(name, str) or not NAME.fullmatch(name):
        raise BadProject("name: 1 to 32 letters, digits, - or _")
    for field, value in given.items():
        if field != "name" and not isinstance(value, KINDS.get(field, ())):
            raise BadProject(f"unknown field or bad value: {field}; known: {', '.join(KINDS)}")
    known = set(MESSAGES) | {f"{key}:{kind}" for key in MESSAGES for kind in TYPES}
    if not known.issuperset(given.get("required", [])):
        raise BadProject(f"required: some of {', '.join(MESSAGES)}; also as key:TYPE")
    with store.transaction():
        project = store.get("coding_project", name) or DEFAULTS | {
            "name": name, "display_name": name, "created_at": now_ms(),
            "id": 1000 + store.count_up("coding projects"),
        }
        return store.put("coding_project", name, project | given)


def known_project(store: Store, body: dict) -> dict:
    """The project that a request names. Raises Refusal."""
    project = store.get("coding_project", text(body, "ProjectName"))
    if project is None:
        raise Refusal(NOT_FOUND, "project_not_exists")
    return project


def open_project(store: Store, body: dict, *, to_change: bool = False) -> dict:
    """A project whose 项目协同 was opened; an archived one can be read only. Raises Refusal."""
    project = known_project(store, body)
    if to_change and project["archived"]:
        raise Refusal(FAILED, "project_is_archived")
    if not project["initialised"]:
        raise Refusal(FAILED, "issue_project_issue_not_init")
    return project


def issue_type(body: dict, member: str = "IssueType") -> str:
    kind = text(body, member)
    if kind not in TYPES:
        raise Refusal(BAD_VALUE, "issue_type_unknown")
    return kind


def by_name(store: Store, app: dict, body: dict) -> dict:
    return {"Project": _shown(known_project(store, body))}


def listed(store: Store, app: dict, body: dict) -> dict:
    """ProjectName is part of the identifier or of the display name."""
    wanted, size = page(body)
    part = text(body, "ProjectName", is_required=False).lower()
    found = [project for project in store.every("coding_project")
             if part in project["name"].lower() or part in project["display_name"].lower()]
    shown = [_shown(project) for project in paged(found, wanted, size)]
    return {"Data": {"PageNumber": wanted, "PageSize": size, "TotalCount": len(found),
                     "ProjectList": shown}}


def types(store: Store, app: dict, body: dict) -> dict:
    open_project(store, body)
    return {"IssueTypes": [
        type_detail(kind) | {"SplitType": "ALL_REQUIREMENT", "SplitTargetIssueTypeId": []}
        for kind in TYPES
    ]}


def statuses(store: Store, app: dict, body: dict) -> dict:
    at, kind = open_project(store, body)["created_at"], issue_type(body)
    return {"ProjectIssueStatusList": [
        {"IssueType": kind, "IssueStatusId": status_id(kind, status), "IsDefault": place == 0,
         "Sort": place, "CreatedAt": at, "UpdatedAt": at,
         "IssueStatus": {"Id": status_id(kind, status), "Index": place, "Name": name,
                         "Type": status, "Description": "", "IsSystem": True,
                         "CreatedAt": at, "UpdatedAt": at}}
        for place, (status, name) in enumerate(STATUSES.items())
    ]}


def fields(store: Store, app: dict, body: dict) -> dict:
    return {"ProjectIssueFieldList": field_list(open_project(store, body), issue_type(body))}


def _shown(project: dict) -> dict:
    at = project["created_at"]
    return {
        "Id": project["id"], "Name": project["name"], "DisplayName": project["display_name"],
        "Description": "", "Icon": "", "TeamId": 1, "TeamOwnerId": 0, "UserOwnerId": 0,
        "Status": 1, "Type": 2, "Archived": project["archived"], "IsDemo": False, "MaxMember": 0,
        "StartDate": 0, "EndDate": 0, "ProgramIds": [], "CreatedAt": at, "UpdatedAt": at,
    }
