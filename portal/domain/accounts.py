"""What is kept about members' accounts over there: the rows, and whose an account is."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Select
from sqlalchemy.exc import IntegrityError

from portal.extensions import db
from portal.models import Member, ProviderAccount


def of(
    member_ids: Sequence[int], provider: str, app_key: str
) -> dict[int, ProviderAccount]:
    """Member id → what is kept about their account in this app."""
    query = db.select(ProviderAccount).where(
        ProviderAccount.member_id.in_(member_ids),
        ProviderAccount.provider == provider,
        ProviderAccount.app_key == app_key,
    )
    return {row.member_id: row for row in db.session.scalars(query)}


def add_rows(member_ids: Select[tuple[int]], provider: str, app_key: str) -> None:
    """A row for each of these members who has none yet, whoever else adds one just now.

    member_ids: a query of Member's ids.
    """
    has_row = db.exists().where(
        ProviderAccount.member_id == Member.id,
        ProviderAccount.provider == provider,
        ProviderAccount.app_key == app_key,
    )
    missing = member_ids.where(~has_row)
    if db.session.scalar(missing.limit(1)) is None:
        return
    texts = ("provider", "app_key", "found_by", "problem", "cure")
    values = (db.literal(provider), db.literal(app_key), *[db.literal("")] * 3)
    rows = db.insert(ProviderAccount).from_select(
        ["member_id", *texts], missing.add_columns(*values), include_defaults=False
    )
    for _try in range(2):  # the second one no longer misses what another node has added
        try:
            with db.session.begin_nested():
                db.session.execute(rows)
            return
        except IntegrityError as error:
            conflict = error
    raise conflict


def member_of(external_id: str | None, provider: str, app_key: str) -> Member | None:
    """The one member with this account; None for nobody, for an empty id, and for two.

    Nor does it count where the phone or e-mail that led to it is no longer theirs, or not theirs
    alone: then it would be chance who is credited.
    """
    if not external_id:
        return None
    rows = db.session.scalars(
        db.select(ProviderAccount).where(
            ProviderAccount.provider == provider,
            ProviderAccount.app_key == app_key,
            ProviderAccount.external_id == external_id,
        )
    ).all()
    if len(rows) != 1 or not rows[0].found_by:
        return None
    way = db.or_(Member.phone == rows[0].found_by, Member.email == rows[0].found_by)
    owners = db.session.scalars(db.select(Member.id).where(way).limit(2)).all()
    return rows[0].member if owners == [rows[0].member_id] else None


def any_older(member_ids: list[int], provider: str, app_key: str, moment: datetime) -> bool:
    """Whether one of these accounts was last asked for before this moment."""
    return db.session.scalar(
        db.select(
            db.exists().where(
                ProviderAccount.member_id.in_(member_ids),
                ProviderAccount.provider == provider,
                ProviderAccount.app_key == app_key,
                ProviderAccount.external_id.is_not(None),
                ProviderAccount.found_at < moment,
            )
        )
    )


def forget_freshness(member_ids: list[int], provider: str, app_key: str) -> None:
    """The platform did not like these accounts: ask again before the next use."""
    db.session.execute(
        db.update(ProviderAccount)
        .where(
            ProviderAccount.member_id.in_(member_ids),
            ProviderAccount.provider == provider,
            ProviderAccount.app_key == app_key,
        )
        .values(found_at=None)
    )
