"""From CODING's JSON to plain values; what cannot be read raises (see kit.fields.read)."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import urlsplit

from portal.blueprints.coding.shapes import Field, FoundIssue, Person, Project, User
from portal.kit.fields import objects, plain, text, truth, whole

_HOST = re.compile(r"[A-Za-z0-9.-]+(:[0-9]{1,5})?")


def project(response: dict[str, Any]) -> Project:
    """Of DescribeProjectByName."""
    found = response["Project"]
    return Project(
        id=_number(found["Id"]),
        name=text(found.get("Name")),
        title=text(found.get("DisplayName")) or text(found.get("Name")),
        is_archived=truth(found.get("Archived")),
    )


def issue(response: dict[str, Any]) -> FoundIssue:
    """Of CreateIssue and DescribeIssue."""
    return _issue(response["Issue"])


def issues(response: dict[str, Any]) -> list[FoundIssue]:
    """Of DescribeIssueList. An absent list is no empty one: it would be taken for the end."""
    return [_issue(one) for one in _given(response["IssueList"])]


def page_of_issues(response: dict[str, Any]) -> list[FoundIssue]:
    """Of DescribeIssueListWithPage."""
    return [_issue(one) for one in _given(response["Data"]["List"])]


def _issue(found: dict[str, Any]) -> FoundIssue:
    status = found.get("Status") if isinstance(found.get("Status"), dict) else {}
    return FoundIssue(
        code=_number(found["Code"]),
        name=text(found.get("Name")),
        status_type=(plain(found.get("IssueStatusType")) or plain(status.get("Type"))).upper(),
        status_name=plain(found.get("IssueStatusName")) or plain(status.get("Name")),
        created_at=_time(found.get("CreatedAt")),
    )


def types(response: dict[str, Any]) -> list[str]:
    """Of DescribeProjectIssueTypeList: DEFECT and the like, each once."""
    found = [text(one.get("IssueType")) for one in _given(response["IssueTypes"])]
    return list(dict.fromkeys(one for one in found if one))


def issue_fields(response: dict[str, Any]) -> list[Field]:
    """Of DescribeProjectIssueFieldList; Required was seen as true and as "True"."""
    return [
        Field(
            name=text(_inner(one).get("Name")),
            type=text(_inner(one).get("Type")).upper(),
            is_required=truth(one.get("Required")),
        )
        for one in _given(response["ProjectIssueFieldList"])
    ]


def people(response: dict[str, Any]) -> list[Person]:
    """Of DescribeProjectMembers: a page."""
    return [
        Person(
            id=_number(one["Id"]),
            name=text(one.get("Name")),
            email=text(one.get("Email")).strip(),
            phone=text(one.get("Phone")).strip(),
        )
        for one in _given(response["Data"]["ProjectMembers"])
    ]


def user(response: dict[str, Any]) -> User:
    """Of DescribeCodingCurrentUser."""
    found = response["User"]
    _number(found["Id"])
    return User(name=text(found.get("Name")))


def team_host(response: dict[str, Any]) -> str:
    """Of DescribeTeam: the team's web host, seen with and without https://."""
    host = text(response["Data"]["TeamHost"]).strip().rstrip("/")
    parts = urlsplit(host if "://" in host else f"https://{host}")
    if parts.scheme != "https" or parts.path or not _HOST.fullmatch(parts.netloc):
        raise ValueError("not a host")
    return parts.netloc


def _inner(item: dict[str, Any]) -> dict[str, Any]:
    inner = item.get("IssueField")
    return inner if isinstance(inner, dict) else {}


def _given(value: Any) -> list[dict[str, Any]]:
    if value is None:
        raise ValueError("no list")
    return objects(value)


def _number(value: Any) -> int:
    """Of something that is there: numbered from 1."""
    number = whole(value)
    if not 0 < number < 2**63:
        raise ValueError("not a number of ours")
    return number


def _time(value: Any) -> int:
    try:
        return max(whole(value), 0)
    except (TypeError, ValueError, OverflowError):
        return 0
