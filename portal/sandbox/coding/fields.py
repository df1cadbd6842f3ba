"""The fields of a project's issues, and which of them it makes mandatory. Fact sheet, 4 and 5."""

from dataclasses import dataclass

from .answers import FAILED, Refusal

CUSTOM_FIELD = 501
DEFECT_TYPES = {"11": "功能问题", "12": "性能问题"}
REQUIREMENT_TYPES = {"21": "功能需求", "22": "体验优化"}
EMPTY = (None, "", 0, [])


@dataclass(frozen=True)
class Field:
    """A field: its id over there, its name, and what the message key of its absence is."""

    id: int
    kind: str
    name: str
    component: str
    member: str  # of CreateIssue
    message: str
    only: str = ""  # the one type that has it
    options: tuple = ()


FIELDS = (
    Field(1, "ASSIGNEE", "处理人", "SELECT_MEMBER_SINGLE", "AssigneeId", "issue_assignee_required"),
    Field(2, "WORKING_HOURS", "预估工时", "TEXT_DECIMAL", "WorkingHours", "working_hour_required"),
    Field(3, "DUE_DATE", "截止日期", "TEXT_DATE", "DueDate", "issue_due_date_required"),
    Field(4, "LABEL", "标签", "SELECT_MULTI", "LabelIds", "issue_project_label_required"),
    Field(5, "DEFECT_TYPE", "缺陷类型", "SELECT_SINGLE", "DefectTypeId",
          "issue_defect_type_required", "DEFECT", tuple(DEFECT_TYPES.items())),
    Field(6, "REQUIREMENT_TYPE", "需求类型", "SELECT_SINGLE", "RequirementTypeId",
          "issue_requirement_type_required", "REQUIREMENT", tuple(REQUIREMENT_TYPES.items())),
    Field(CUSTOM_FIELD, "CUSTOM", "影响范围", "TEXT_SINGLE_LINE", "CustomFieldValues",
          "issue_custom_field_required"),
)
MESSAGES = tuple(field.message for field in FIELDS)


def fields_of(kind: str) -> list[Field]:
    """The fields that issues of this type have."""
    return [field for field in FIELDS if field.only in ("", kind)]


def is_mandatory(project: dict, field: Field, kind: str) -> bool:
    """A project lists message keys: `working_hour_required`, or with a type behind a colon."""
    return bool({field.message, f"{field.message}:{kind}"} & set(project["required"]))


def check_mandatory(project: dict, kind: str, body: dict) -> None:
    """Raises Refusal for the first mandatory field that a new issue leaves out."""
    for field in fields_of(kind):
        if is_mandatory(project, field, kind) and not _is_given(field, body):
            raise Refusal(FAILED, field.message)


def field_list(project: dict, kind: str) -> list[dict]:
    """Of mandatory ones every second has Required as a text, as has been seen over there."""
    found = []
    for field in fields_of(kind):
        required = is_mandatory(project, field, kind)
        if required and any(one["Required"] is True for one in found):
            required = "True"
        found.append({
            "IssueFieldId": field.id, "IssueType": kind, "Required": required,
            "NeedDefault": False, "ValueString": "", "IssueField": _shown(field),
            "CreatedAt": project["created_at"], "UpdatedAt": project["created_at"],
        })
    return found


def _is_given(field: Field, body: dict) -> bool:
    value = body.get(field.member)
    if field.id != CUSTOM_FIELD:
        return value not in EMPTY
    values = [one for one in value or [] if isinstance(one, dict)]
    return any(str(one.get("Id")) == str(field.id) and one.get("Content") for one in values)


def _shown(field: Field) -> dict:
    options = [{"Title": title, "Value": value, "Sort": place, "Icon": ""}
               for place, (value, title) in enumerate(field.options)]
    is_own = field.id == CUSTOM_FIELD
    return {
        "Id": field.id, "Name": field.name, "Type": field.kind, "ComponentType": field.component,
        "Options": options, "Description": "", "IconUrl": "", "Unit": "", "Required": False,
        "Selectable": is_own, "Editable": is_own, "Deletable": is_own, "Sortable": True,
        "CreatedBy": 0, "CreatedAt": 0, "UpdatedAt": 0,
    }
