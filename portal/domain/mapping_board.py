"""成员映射, read: every member in every provider, found by what and since when, or why not."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from portal.domain import accounts, contacts
from portal.domain.contacts import Reach
from portal.models import Member, ProviderAccount, ProviderSetting


class State(StrEnum):
    """How far a member is known over there."""

    FOUND = "found"
    MISSING = "missing"
    SHARED = "shared"
    UNCHECKED = "unchecked"


@dataclass(frozen=True)
class Cell:
    """One member in one provider.

    found_by: the phone or e-mail. since: from when on it is this account; checked_at: when it
    was last seen to be, or when nobody was found. is_waiting: a new match is queued.
    """

    provider: str
    state: State
    found_by: str = ""
    since: datetime | None = None
    checked_at: datetime | None = None
    problem: str = ""
    cure: str = ""
    is_waiting: bool = False


@dataclass(frozen=True)
class Row:
    """A member and their cells, in the order of the settings."""

    member: Member
    cells: list[Cell]


def rows(
    members: Sequence[Member],
    settings: Collection[ProviderSetting],
    finds_by: Mapping[str, Sequence[str]],
) -> list[Row]:
    """finds_by: provider → the fields of a contact by which it finds people."""
    columns = [_column(members, setting, finds_by[setting.provider]) for setting in settings]
    return [Row(one, [column[one.id] for column in columns]) for one in members]


def _column(
    members: Sequence[Member], setting: ProviderSetting, finds_by: Sequence[str]
) -> dict[int, Cell]:
    reaches = contacts.reaches(members, finds_by)
    ids = [one.id for one in members]
    rows = accounts.of(ids, setting.provider, setting.app_key)
    return {id: _cell(setting.provider, reaches[id], rows.get(id)) for id in ids}


def _cell(provider: str, reach: Reach, account: ProviderAccount | None) -> Cell:
    is_waiting = bool(account and account.match_due_at)
    if reach.problem:
        state = State.SHARED if reach.is_shared else State.MISSING
        return Cell(
            provider, state, problem=reach.problem, cure=reach.cure, is_waiting=is_waiting
        )
    if account is None:
        return Cell(provider, State.UNCHECKED)
    ways = {reach.contact.phone, reach.contact.email} - {""}
    state = State.UNCHECKED
    if account.found_by in ways:
        state = State.FOUND if account.external_id else State.MISSING
    known = state is not State.UNCHECKED
    return Cell(
        provider,
        state,
        found_by=account.found_by if known else "",
        since=account.matched_at if state is State.FOUND else None,
        checked_at=account.found_at if known else None,
        problem=account.problem,
        cure=account.cure,
        is_waiting=is_waiting,
    )
