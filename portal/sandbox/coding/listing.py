"""DescribeIssue and the two lists. Fact sheet, section 4."""

from ..rules import current_rules
from ..store import Store, now_ms
from .answers import BAD_VALUE, Refusal
from .conditions import matching
from .issues import asked_issue, issues_of
from .parameters import bad_value, number, page, paged, rows, text
from .projects import open_project
from .shown import shown_entry, shown_issue
from .words import STATUSES, TYPES

# The documented keys; those that mean nothing here leave the order by number.
SORTS = {
    "CODE": "code", "CREATED_AT": "created_at", "UPDATED_AT": "updated_at",
    "PRIORITY": "priority", "COMPLETED_AT": "completed_at", "DUE_DATE": "due_date",
    "ASSIGNEE": "assignee", "PARENT_ID": "parent",
} | dict.fromkeys((
    "STATUS", "STATUS_TYPE", "ISSUE_STATUS_ID", "JOIN_ITERATION_AT", "PROJECT_ID",
    "ISSUE_ITERATION_SORT", "ISSUE_ROADMAP_SORT",
), "code")  # fmt: skip
BY_STATUS = ("STATUS", "STATUS_TYPE", "ISSUE_STATUS_ID")


def one(store: Store, app: dict, body: dict) -> dict:
    """At once, however far behind the lists are."""
    return {"Issue": shown_issue(store, asked_issue(store, open_project(store, body), body))}


def by_offset(store: Store, app: dict, body: dict) -> dict:
    found = _found(store, body)
    start, most = number(body, "Offset", 0), rows(body, "Limit", 20)
    return {"IssueList": [shown_entry(store, issue) for issue in found[start : start + most]]}


def by_page(store: Store, app: dict, body: dict) -> dict:
    found, (wanted, size) = _found(store, body), page(body)
    return {"Data": {
        "List": [shown_entry(store, issue) for issue in paged(found, wanted, size)],
        "PageNumber": wanted, "PageSize": size, "TotalCount": len(found),
        "TotalPage": -(-len(found) // size),
    }}


def _found(store: Store, body: dict) -> list[dict]:
    """Without those that the lists do not know yet."""
    project, kind = open_project(store, body), text(body, "IssueType")
    if kind != "ALL" and kind not in TYPES:
        raise Refusal(BAD_VALUE, "issue_type_unknown")
    until = now_ms() - current_rules(store)["coding_search_lag"] * 1000
    found = [issue for issue in issues_of(store, project["name"])
             if kind in ("ALL", issue["type"]) and issue["created_at"] <= until]
    return _sorted(matching(found, body.get("Conditions")), body)


def _sorted(found: list[dict], body: dict) -> list[dict]:
    key = text(body, "SortKey", is_required=False) or "CODE"
    order = text(body, "SortValue", is_required=False) or "DESC"
    if key not in SORTS:
        raise bad_value("SortKey")
    if order not in ("DESC", "ASC"):
        raise bad_value("SortValue")
    places = list(STATUSES)

    def place(issue: dict) -> tuple:
        first = places.index(issue["status"]) if key in BY_STATUS else issue[SORTS[key]]
        return first, issue["code"]

    return sorted(found, key=place, reverse=order == "DESC")
