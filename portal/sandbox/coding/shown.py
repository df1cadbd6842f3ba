"""An issue as replies show it: whole, and as an entry of a list. Fact sheet, section 3.

References that are empty are objects full of zeros, as recorded from the platform.
"""

from ..store import Store
from .issues import find_issue
from .members import NOBODY, member_id, shown_user
from .words import STATUSES, status_id, type_detail, type_id

NO_ITERATION = {"Id": 0, "Code": 0, "Name": "", "Status": ""}
NO_EPIC = {"Code": 0, "Type": "", "Name": "", "IssueStatusId": 0, "IssueStatusName": "",
           "Priority": "", "Assignee": NOBODY}
NO_TYPE = {"Id": 0, "Name": "", "IssueType": "", "Description": "", "IsSystem": False}
NO_PARENT = NO_EPIC | {"IssueStatusType": "", "IssueTypeDetail": NO_TYPE}


def shown_issue(store: Store, issue: dict) -> dict:
    """The Issue of CreateIssue, DescribeIssue and ModifyIssue."""
    user, parent = shown_user(store, issue["assignee"]), None
    if issue["parent"]:
        parent = find_issue(store, issue["project"], issue["parent"])
    return _common(store, issue) | {
        "Assignee": user, "Creator": shown_user(store, issue["creator"]), "Watchers": [],
        "Epic": NO_EPIC, "Parent": _brief(store, parent) if parent else NO_PARENT,
        "SubTasks": [], "Files": [], "ThirdLinks": [], "ProjectModule": {"Id": 0, "Name": ""},
        "DefectType": {"Id": issue["defect_type"], "Name": "", "IconUrl": ""},
        "RequirementType": {"Id": issue["requirement_type"], "Name": ""},
    }


def shown_entry(store: Store, issue: dict) -> dict:
    """One of a list: people by their numbers only."""
    return _common(store, issue) | {
        "AssigneeId": member_id(issue["assignee"]) if issue["assignee"] else 0,
        "CreatorId": member_id(issue["creator"]), "ParentCode": issue["parent"], "ParentId": 0,
    }


def _common(store: Store, issue: dict) -> dict:
    kind = issue["type"]
    return {
        "Code": issue["code"], "Type": kind, "Name": issue["name"],
        "Description": issue["description"], "Priority": issue["priority"],
        "IssueStatusId": status_id(kind, issue["status"]),
        "IssueStatusName": STATUSES[issue["status"]], "IssueStatusType": issue["status"],
        "IssueTypeId": type_id(kind), "IssueTypeDetail": type_detail(kind),
        "Assignees": [shown_user(store, issue["assignee"])] if issue["assignee"] else [],
        "StartDate": issue["start_date"], "DueDate": issue["due_date"],
        "CreatedAt": issue["created_at"], "UpdatedAt": issue["updated_at"],
        "CompletedAt": issue["completed_at"], "WorkingHours": issue["working_hours"],
        "StoryPoint": issue["story_point"], "IterationId": 0, "Iteration": NO_ITERATION,
        "ParentType": kind, "CustomFields": issue["custom_fields"],
        "Labels": [{"Id": label, "Name": "", "Color": ""} for label in issue["labels"]],
    }


def _brief(store: Store, issue: dict) -> dict:
    names = ("Code", "Type", "Name", "IssueStatusId", "IssueStatusName", "Priority",
             "IssueStatusType", "IssueTypeDetail")
    whole = _common(store, issue)
    return {name: whole[name] for name in names} | {
        "Assignee": shown_user(store, issue["assignee"])}
