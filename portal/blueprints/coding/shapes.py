"""What the client hands out, as plain values."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Project:
    """A project. name: its identifier, as in its address; title: as people call it."""

    id: int
    name: str
    title: str
    is_archived: bool


@dataclass(frozen=True)
class FoundIssue:
    """An issue. code: its number in the project; status_type: TODO, PROCESSING, COMPLETED.

    created_at: ms since 1970, 0 where the answer does not say it.
    """

    code: int
    name: str
    status_type: str
    status_name: str
    created_at: int


@dataclass(frozen=True)
class Field:
    """A field of a project's issues. type: the platform's own, e.g. ASSIGNEE, CUSTOM."""

    name: str
    type: str
    is_required: bool


@dataclass(frozen=True)
class Person:
    """A member of a project."""

    id: int
    name: str
    email: str
    phone: str


@dataclass(frozen=True)
class User:
    """Whose token it is."""

    name: str


@dataclass(frozen=True)
class Order:
    """An issue to be made, in CODING's words; None and empty values are left out.

    priority: "0" (low) to "3" (urgent)
    """

    project: str
    type: str
    name: str
    priority: str
    description: str = ""
    parent_code: int | None = None
    assignee_id: int | None = None
    working_hours: int | None = None
