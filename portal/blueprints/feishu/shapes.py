"""What the client hands out: an instance, a definition, people, tasks, as plain values."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Entry:
    """One line of an instance's history (timeline). open_id is empty for a machine's.

    node: the step's key over there, START for the originator's own.
    """

    type: str
    open_id: str
    comment: str = ""
    node: str = ""


@dataclass(frozen=True)
class Task:
    """One person's task in an instance."""

    id: str
    open_id: str
    status: str


@dataclass(frozen=True)
class Comment:
    """What somebody said beside the decision."""

    open_id: str
    text: str


@dataclass(frozen=True)
class Instance:
    """One approval over there. approval_code: its definition; uuid: our key; times are left out.

    timeline and tasks in the platform's order, the tasks of all nodes.
    """

    code: str
    approval_code: str
    uuid: str
    status: str
    is_reverted: bool
    originator: str
    timeline: tuple[Entry, ...]
    tasks: tuple[Task, ...]
    comments: tuple[Comment, ...] = ()


@dataclass(frozen=True)
class Widget:
    """One field of a form; is_required None where the answer does not say it."""

    id: str
    type: str
    name: str
    is_required: bool | None = None
    custom_id: str = ""
    columns: tuple[Widget, ...] = ()


@dataclass(frozen=True)
class Node:
    """One step of a definition. None where the answer does not say it."""

    id: str
    custom_id: str
    needs_approver: bool
    takes_many: bool | None
    type: str = ""


@dataclass(frozen=True)
class Definition:
    """A definition as it stands over there; status ACTIVE, INACTIVE, DELETED or UNKNOWN."""

    name: str
    status: str
    widgets: tuple[Widget, ...]
    nodes: tuple[Node, ...]


@dataclass(frozen=True)
class Match:
    """One answered entry of a search for people: the id, and by which value it was found.

    flags: what is said of the account, e.g. {"is_resigned": True}; often nothing.
    """

    id: str
    mobile: str
    email: str
    flags: frozenset[str] = frozenset()


@dataclass(frozen=True)
class User:
    """email and mobile are None where the answer leaves the field out (no scope, or no value)."""

    open_id: str
    name: str
    email: str | None
    mobile: str | None


@dataclass(frozen=True)
class FoundTask:
    """One line of the search for tasks. Status words in lower case; updated_at in ms, or 0."""

    instance_code: str
    instance_status: str
    task_status: str
    updated_at: int
