"""CreateIssue. Fact sheet, section 3.

No key makes it safe to repeat: the same call twice makes two issues.
"""

from ..store import Store
from . import texts
from .answers import BAD_VALUE, FAILED, Refusal
from .fields import check_mandatory
from .issues import find_issue, new_issue
from .members import assignee, owner
from .parameters import bad_value, date_ms, number, text
from .projects import issue_type, open_project
from .shown import shown_issue
from .words import PRIORITIES


def create(store: Store, app: dict, body: dict) -> dict:
    project = open_project(store, body, to_change=True)
    kind = issue_type(body, "Type")
    values = {
        "type": kind, "name": texts.title(store, body), "priority": priority(body),
        "description": texts.description(store, body), "parent": _parent(store, project, body),
        "assignee": assignee(store, project, body), "creator": owner(store),
        "start_date": date_ms(body, "StartDate"),
        "due_date": date_ms(body, "DueDate", is_end=True),
        "working_hours": _hours(body), "labels": _labels(body),
        "story_point": text(body, "StoryPoint", is_required=False),
        "defect_type": number(body, "DefectTypeId", 0),
        "requirement_type": number(body, "RequirementTypeId", 0),
        "custom_fields": _custom_fields(body),
    }
    check_mandatory(project, kind, body)
    return {"Issue": shown_issue(store, new_issue(store, project, values))}


def priority(body: dict) -> str:
    """A text of one digit; a number is refused."""
    found = body.get("Priority")
    if found is not None and (not isinstance(found, str) or found not in PRIORITIES):
        raise Refusal(BAD_VALUE, "issue_priority_invalid")
    return text(body, "Priority")


def _parent(store: Store, project: dict, body: dict) -> int:
    code = number(body, "ParentCode", 0)
    if code == 0 and body["Type"] == "SUB_TASK":
        raise Refusal(FAILED, "issue_sub_task_must_have_parent_issue")
    if code and find_issue(store, project["name"], code) is None:
        raise Refusal(BAD_VALUE, "issue_parent_not_exist")
    return code


def _hours(body: dict) -> float:
    found = body.get("WorkingHours")
    if found is None:
        return 0
    if isinstance(found, bool) or not isinstance(found, int | float) or found < 0:
        raise bad_value("WorkingHours")
    return found


def _labels(body: dict) -> list[int]:
    found = body.get("LabelIds") or []
    if not isinstance(found, list):
        raise bad_value("LabelIds")
    return [number({"LabelIds": label}, "LabelIds") for label in found]


def _custom_fields(body: dict) -> list[dict]:
    found = body.get("CustomFieldValues") or []
    if not isinstance(found, list) or not all(isinstance(one, dict) for one in found):
        raise bad_value("CustomFieldValues")
    return [{"Id": number(one, "Id"), "Name": "",
             "ValueString": text(one, "Content", is_required=False)} for one in found]
