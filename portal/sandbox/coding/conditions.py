"""The conditions of a search. Fact sheet, section 4.

DescribeIssueList takes a list of them, DescribeIssueListWithPage is documented with a single one;
a list is in use there too.
"""

import datetime

from .answers import BAD_VALUE, Refusal
from .members import member_id
from .parameters import ZONE, bad_value, milliseconds, text
from .words import status_id

UNSPECIFIC = "UNSPECIFIC"
DATES = {"CREATED_AT": "created_at", "UPDATED_AT": "updated_at", "DUE_DATE": "due_date",
         "START_DATE": "start_date"}  # fmt: skip
# Several values, joined by commas: what an issue has to show.
CHOICES = {
    "PRIORITY": lambda issue: issue["priority"],
    "ISSUE_TYPE": lambda issue: issue["type"],
    "STATUS_TYPE": lambda issue: issue["status"],
    "STATUS": lambda issue: str(status_id(issue["type"], issue["status"])),
    "ASSIGNEE": lambda issue: str(member_id(issue["assignee"])) if issue["assignee"] else "",
    "CREATOR": lambda issue: str(member_id(issue["creator"])),
    "PARENT": lambda issue: str(issue["parent"]),
}


def matching(found: list[dict], conditions) -> list[dict]:
    """The issues that meet all conditions. Raises Refusal."""
    given = [conditions] if isinstance(conditions, dict) else conditions or []
    if not isinstance(given, list) or not all(isinstance(one, dict) for one in given):
        raise bad_value("Conditions")
    for test in [_test(one) for one in given]:
        found = [issue for issue in found if test(issue)]
    return found


def _test(condition: dict):
    key, value = text(condition, "Key"), text(condition, "Value", is_required=False)
    if key in CHOICES:
        shown, wanted = CHOICES[key], value.split(",")
        if condition.get("ConstValue") == UNSPECIFIC:
            wanted = [""]
        return lambda issue: shown(issue) in wanted
    if key in DATES:
        first, last = _range(value)
        return lambda issue: first <= issue[DATES[key]] <= last
    if key == "KEYWORD":
        return lambda issue: _has(issue, value)
    # What the platform knows and we do not must be seen, not passed over.
    raise Refusal(BAD_VALUE, f"Conditions: the stand-in has no {key}")


def _has(issue: dict, keyword: str) -> bool:
    """Part of the title, in any case; or of the number."""
    return keyword.lower() in issue["name"].lower() or keyword == str(issue["code"])


def _range(value: str) -> tuple[int, int]:
    """From the first moment to the last one of "2020-08-01_2020-08-31", in milliseconds."""
    first, _, last = value.partition("_")
    return _moment(first), _moment(last, is_end=True)


def _moment(value: str, is_end: bool = False) -> int:
    for shape, length in (("%Y-%m-%d", datetime.timedelta(days=1)),
                          ("%Y-%m-%d %H:%M:%S", datetime.timedelta(seconds=1))):
        try:
            found = datetime.datetime.strptime(value, shape).replace(tzinfo=ZONE)
        except ValueError:
            continue
        return milliseconds(found + length) - 1 if is_end else milliseconds(found)
    raise bad_value("Conditions")
