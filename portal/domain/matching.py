"""重新匹配: members looked for on request, by the clock, at the platforms' pace."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from flask import current_app
from flask_babel import gettext as _
from sqlalchemy.exc import OperationalError

from portal.domain import accounts, app_health, approvals, mapping
from portal.domain.mapping import Person
from portal.domain.provider import ApprovalProvider, Kind, ProviderError
from portal.extensions import db
from portal.kit.claiming import free_rows
from portal.kit.clock import database_now
from portal.kit.conflicts import repeated
from portal.models import Member, ProviderAccount, ProviderSetting

log = logging.getLogger(__name__)
Checkpoint = Callable[[], None]
# A second's worth: below what the platforms allow, and over well within a lease.
BATCH = 10
AGAIN_AFTER = timedelta(seconds=15)
# Trouble that does not pass by itself: it is shown, and asked again only on request.
LASTING_KINDS = {Kind.PERMISSION, Kind.CREDENTIALS}


@dataclass(frozen=True)
class Batch:
    """People of one app to look for now."""

    provider: str
    app_key: str
    people: list[Person]
    leased_until: datetime
    leave: app_health.Leave


@dataclass(frozen=True)
class Progress:
    """How far the last request is."""

    done: int
    total: int

    @property
    def is_over(self) -> bool:
        return self.done >= self.total


def ask(member: Member | None, provider: str | None) -> int:
    """Queue a new match: of this member or of all, in this provider or in all that are on.

    Answers how many matches are queued. The caller commits; the clock makes them.
    """
    settings = [
        one for one in approvals.enabled_providers() if provider in {None, "", one.provider}
    ]
    now = database_now(db.session)
    return sum(_ask_one_app(member, setting, now) for setting in settings)


def _ask_one_app(member: Member | None, setting: ProviderSetting, now: datetime) -> int:
    app = {"provider": setting.provider, "app_key": setting.app_key}
    chosen = Member.id == member.id if member else Member.is_enabled
    accounts.add_rows(db.select(Member.id).where(chosen), setting.provider, setting.app_key)
    done = db.session.execute(
        db.update(ProviderAccount)
        .filter_by(**app)
        .where(ProviderAccount.member_id.in_(db.select(Member.id).where(chosen)))
        .values(asked_at=now, match_due_at=now)
        .execution_options(synchronize_session="fetch")
    )
    return done.rowcount


def progress() -> Progress:
    """Of the newest request: how many of its matches were made."""
    settings = approvals.enabled_providers()
    if not settings:
        return Progress(0, 0)
    mine = db.or_(
        *(
            db.and_(
                ProviderAccount.provider == one.provider, ProviderAccount.app_key == one.app_key
            )
            for one in settings
        )
    )
    newest = db.select(db.func.max(ProviderAccount.asked_at)).where(mine).scalar_subquery()
    total, waiting = db.session.execute(
        db.select(
            db.func.count(ProviderAccount.id), db.func.count(ProviderAccount.match_due_at)
        ).where(mine, ProviderAccount.asked_at == newest)
    ).one()
    return Progress(total - waiting, total)


def anything_due(provider: str) -> bool:
    """A cheap look, without a write transaction, before `claim`."""
    now = database_now(db.session)
    due = (
        db.select(ProviderAccount.id)
        .join(
            ProviderSetting,
            db.and_(
                ProviderSetting.provider == ProviderAccount.provider,
                ProviderSetting.app_key == ProviderAccount.app_key,
                ProviderSetting.is_enabled,
            ),
        )
        .where(
            ProviderAccount.provider == provider,
            ProviderAccount.match_due_at <= now,
            ~app_health.pausing(ProviderAccount.provider, ProviderAccount.app_key, now),
        )
    )
    return db.session.scalar(due.limit(1)) is not None


def claim(provider: str, finds_by: Sequence[str]) -> Batch | None:
    """The next people to look for, pushed forward so that no other node takes them too.

    The caller commits before it calls anybody.
    """
    setting = db.session.scalar(
        db.select(ProviderSetting).filter_by(provider=provider, is_enabled=True)
    )
    if setting is None or not setting.app_key or app_health.is_paused(provider, setting.app_key):
        return None
    now = database_now(db.session)
    lease = timedelta(seconds=current_app.config["LEASE_SECONDS"])
    asked = (
        db.select(ProviderAccount)
        .filter_by(provider=provider, app_key=setting.app_key)
        .where(ProviderAccount.match_due_at <= now)
        .order_by(ProviderAccount.match_due_at, ProviderAccount.id)
    )
    due = free_rows(asked, ProviderAccount.id, BATCH)
    leave = app_health.begin_call(provider, setting.app_key, lease) if due else None
    if leave is None:
        return None
    for account in due:
        account.match_due_at = now + lease
    members = [account.member for account in due]
    return Batch(
        provider,
        setting.app_key,
        mapping.people(members, provider, setting.app_key, finds_by),
        now + lease,
        leave,
    )


def carry_out(batch: Batch, provider: ApprovalProvider, checkpoint: Checkpoint) -> int:
    """Look for each of them and keep what came of it; answers how many were looked for."""
    done = 0
    for one in batch.people:
        try:
            repeated(checkpoint, _keep, batch, one, _find(one, provider))
            done += 1
        except ProviderError as error:
            db.session.rollback()
            _note_trouble(batch, one, provider, error)
            checkpoint()
            return done  # the trouble is the app's: the others wait for it to pass
        except OperationalError:  # that is about no member
            raise
        except Exception:
            db.session.rollback()
            log.exception("member %s could not be matched", one.member_id)
            _set(batch, one, problem=_("匹配时出错，请管理员查看日志"), cure="", match_due_at=None)
        checkpoint()
    app_health.release(batch.leave)
    checkpoint()
    return done


def _find(one: Person, provider: ApprovalProvider) -> mapping.Finding:
    if one.problem:
        return mapping.Finding(one, None, one.problem, one.cure)
    return mapping.ask(one, provider)


def _keep(batch: Batch, one: Person, finding: mapping.Finding) -> None:
    if not one.problem:
        app_health.reached(batch.leave)
    mapping.remember([finding], batch.provider, batch.app_key)
    # Asked for once more meanwhile, by a corrected phone say: that match is still to come.
    _set(batch, one, match_due_at=None)


def _note_trouble(
    batch: Batch, one: Person, provider: ApprovalProvider, error: ProviderError
) -> None:
    """Trouble with the app, not with the person: whatever account is known stays."""
    log.warning(
        "%s: matching failed: %s %s",
        batch.provider,
        error.kind.value,
        error.code,
        extra={"code": error.code, "kind": error.kind.value},
    )
    app_health.failed(batch.leave, error)
    sentence, cure = provider.explain(error)
    said = {
        "problem": f"{sentence}（{error.code}）"[: mapping.LONGEST_SENTENCE],
        "cure": cure[: mapping.LONGEST_SENTENCE],
    }
    again_at = database_now(db.session) + AGAIN_AFTER
    if error.kind in LASTING_KINDS:  # nobody can be matched before somebody has mended it
        _end_all(batch, said)
    else:
        _set(batch, one, **said, match_due_at=again_at)
        _set_all(batch, match_due_at=again_at)


def _end_all(batch: Batch, said: dict[str, str]) -> None:
    """Nobody of this app is asked for any more, until somebody asks anew."""
    db.session.execute(
        db.update(ProviderAccount)
        .filter_by(provider=batch.provider, app_key=batch.app_key)
        .where(ProviderAccount.match_due_at.is_not(None))
        .values(**said, match_due_at=None)
        .execution_options(synchronize_session="fetch")
    )


def _set(batch: Batch, one: Person, **values) -> None:
    """Change this person's row, unless a newer request has changed it since it was claimed."""
    _update(batch, ProviderAccount.member_id == one.member_id, values)


def _set_all(batch: Batch, **values) -> None:
    """The same for everybody of the batch who is still claimed."""
    ids = [one.member_id for one in batch.people]
    _update(batch, ProviderAccount.member_id.in_(ids), values)


def _update(batch: Batch, whose, values: dict) -> None:
    db.session.execute(
        db.update(ProviderAccount)
        .filter_by(provider=batch.provider, app_key=batch.app_key)
        .where(whose, ProviderAccount.match_due_at == batch.leased_until)
        .values(**values)
        .execution_options(synchronize_session="fetch")
    )
