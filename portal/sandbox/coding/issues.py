"""Issues as the stand-in keeps them, one document each, and what becomes of them."""

from ..store import Store, now_ms
from .answers import NOT_FOUND, Refusal
from .parameters import number

KIND = "coding_issue"


def new_issue(store: Store, project: dict, values: dict) -> dict:
    """Keep a new issue under the project's next number; numbers of deleted ones stay used."""
    code, at = store.count_up(f"coding issues of {project['name']}"), now_ms()
    return save(store, {
        "project": project["name"], "code": code, "status": "TODO", "created_at": at,
        "updated_at": at, "completed_at": 0, "comments": [], "is_deleted": False, **values,
    })


def save(store: Store, issue: dict) -> dict:
    return store.put(KIND, f"{issue['project']}/{issue['code']}", issue)


def find_issue(store: Store, project: str, code: int) -> dict | None:
    """Unless deleted."""
    issue = store.get(KIND, f"{project}/{code}")
    return None if issue is None or issue["is_deleted"] else issue


def asked_issue(store: Store, project: dict, body: dict) -> dict:
    """The issue that IssueCode names. Raises Refusal."""
    issue = find_issue(store, project["name"], number(body, "IssueCode"))
    if issue is None:
        raise Refusal(NOT_FOUND, "issue_not_exist")
    return issue


def issues_of(store: Store, project: str) -> list[dict]:
    """Those that are there, oldest first."""
    return [issue for issue in store.every(KIND)
            if issue["project"] == project and not issue["is_deleted"]]


def change(store: Store, issue: dict, **values) -> dict:
    return save(store, issue | values | {"updated_at": now_ms()})


def move(store: Store, issue: dict, status: str) -> dict:
    """To TODO, PROCESSING or COMPLETED, from anywhere."""
    return change(store, issue, status=status,
                  completed_at=now_ms() if status == "COMPLETED" else 0)


def delete(store: Store, issue: dict) -> dict:
    return change(store, issue, is_deleted=True)
