"""Learning what people decided over there: claim what is due, ask, apply; one row at a time."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from flask import current_app
from flask_babel import gettext as _
from sqlalchemy import Select
from sqlalchemy.exc import OperationalError

from portal.domain import app_health, outcomes, polling
from portal.domain.provider import ApprovalProvider, CardRef, Decision, Kind, ProviderError
from portal.domain.working_hours import after
from portal.extensions import db
from portal.kit.claiming import free_rows
from portal.kit.clock import database_now
from portal.kit.conflicts import repeated
from portal.models import Approval, ApprovalState, ProviderSetting

log = logging.getLogger(__name__)
Checkpoint = Callable[[], None]
BATCH = 500
# Refusals that are about the card that was asked for, or the right to read it.
OF_THE_CARD = {Kind.PERMISSION, Kind.REFUSED, Kind.NOT_FOUND}
# An open card is asked for each sweep at first, then ever more seldom, up to this many sweeps.
LONGEST_STRETCH = 30
LONGEST_AT_WORK = 10
AGE_A_SWEEP = 10


@dataclass(frozen=True)
class PendingCard:
    """A card to ask about: plain values."""

    approval_id: int
    ref: CardRef


@dataclass(frozen=True)
class Round:
    """One sweep of one app."""

    provider: str
    app_key: str
    cards: list[PendingCard]
    leave: app_health.Leave


def claim(provider: str, list_size: int | None = None) -> Round | None:
    """The cards of this provider's app, if any is due; the due ones are pushed forward first.

    list_size: for how many cards one call answers, None where each is asked for by itself.
    Two nodes never ask about the same card, and a card that makes trouble cannot jam the loop.
    The caller commits before it calls anybody.
    """
    setting = db.session.scalar(db.select(ProviderSetting).filter_by(provider=provider))
    if setting is None or not setting.is_enabled or not setting.app_key:
        return None
    if app_health.is_paused(provider, setting.app_key):
        return None
    now = database_now(db.session)
    pending = db.select(Approval).where(
        Approval.provider == provider,
        Approval.app_key == setting.app_key,
        Approval.state == ApprovalState.PENDING,
        Approval.next_poll_at.is_not(None),
    )
    oldest = pending.where(Approval.next_poll_at <= now).order_by(Approval.next_poll_at)
    due = free_rows(oldest, Approval.id, BATCH)
    if not due:
        return None
    ids = {approval.id for approval in due}
    rest = _rest(pending.where(Approval.id.not_in(ids)).order_by(Approval.id), list_size)
    turn = polling.turn(provider, list_size, due, now)
    if not turn.may_look:
        log.info("%s: asking for cards waits, to stay inside the month's calls", provider)
        _put_off([*due, *rest], turn.next_at)
        return None
    lease = timedelta(seconds=current_app.config["LEASE_SECONDS"])
    leave = app_health.begin_call(provider, setting.app_key, lease)
    if leave is None:
        return None
    # One list call answers for all; what is in trouble is asked for only when it is due itself.
    others = [approval for approval in rest if not approval.problem]
    for approval in [*due, *others] if list_size else due:
        approval.next_poll_at = _next_look(approval, now, list_size)
    if list_size:
        _put_off([*due, *rest], turn.next_at)
    cards = [_card(approval, True) for approval in due]
    cards += [_card(approval, False) for approval in others]
    return Round(provider, setting.app_key, cards, leave)


def _rest(not_due: Select, list_size: int | None) -> Sequence[Approval]:
    """Where one call answers for all they are taken, too; else another node may ask for them."""
    if list_size:
        return free_rows(not_due, Approval.id, BATCH)
    return db.session.scalars(not_due.limit(BATCH)).all()


def _card(approval: Approval, is_due: bool) -> PendingCard:
    ref = CardRef(approval.external_id, approval.template_code, approval.started_at, is_due)
    return PendingCard(approval.id, ref)


def _next_look(approval: Approval, now: datetime, list_size: int | None) -> datetime:
    """At a card of this age: after 1 to 30 sweeps.

    Where one call answers for many, it comes after 10 sweeps of working time at most.
    """
    sweep = current_app.config["SWEEP_SECONDS"]
    stretch = 1 + (now - approval.started_at).total_seconds() / (AGE_A_SWEEP * sweep)
    grown = now + timedelta(seconds=sweep * min(stretch, LONGEST_STRETCH))
    return min(grown, after(now, LONGEST_AT_WORK * sweep)) if list_size else grown


def _put_off(cards: Sequence[Approval], until: datetime) -> None:
    """Until the month's calls allow the next look."""
    for approval in cards:
        approval.next_poll_at = max(approval.next_poll_at, until)


def carry_out(
    round_: Round,
    provider: ApprovalProvider,
    checkpoint: Checkpoint,
    is_stopping: Callable[[], bool] = lambda: False,
) -> int:
    """Ask for the cards and apply what came of them. Answers how many were decided.

    A card in trouble is logged and shown; the others go on. is_stopping: no further card then.
    """
    by_external_id = {card.ref.external_id: card for card in round_.cards}
    try:
        changed = list(provider.changed([card.ref for card in round_.cards]))
        if not changed:  # else it may have answered without a call: the first fetch will tell
            app_health.succeeded(round_.leave)
        checkpoint()
    except ProviderError as error:
        _note_trouble(round_, error, checkpoint)
        return 0
    decided = 0
    for position, external_id in enumerate(changed):
        if is_stopping():
            break
        card = by_external_id.get(external_id)
        if card is None:
            continue
        try:
            decision = provider.fetch(external_id)
            title = str(provider.title)
            decided += repeated(checkpoint, _apply, round_, card, decision, title)
        except ProviderError as error:
            db.session.rollback()
            _note_trouble(round_, error, checkpoint)
            if error.kind in OF_THE_CARD:
                _show(card.approval_id, provider, error, checkpoint)
            if error.code == app_health.OUR_TIME:
                _put_back([by_external_id.get(one) for one in changed[position:]], checkpoint)
                break
            if error.throttled or app_health.is_paused(round_.provider, round_.app_key):
                break
            checkpoint()  # that look has opened a transaction: none is open across the next call
        except OperationalError:  # that is about no card
            raise
        except Exception:
            db.session.rollback()
            log.exception("card %s could not be applied", card.approval_id)
            _show_trouble(card.approval_id, checkpoint)
    return decided


def _apply(round_: Round, card: PendingCard, decision: Decision, title: str) -> bool:
    app_health.succeeded(round_.leave)
    return outcomes.apply(card.approval_id, decision, title)


def _note_trouble(round_: Round, error: ProviderError, checkpoint: Checkpoint) -> None:
    log.warning(
        "%s: asking for cards failed: %s %s",
        round_.provider,
        error.kind.value,
        error.code,
        extra={"code": error.code, "kind": error.kind.value},
    )
    if error.kind in OF_THE_CARD:
        app_health.succeeded(round_.leave)  # a no is an answer, too
    else:
        app_health.failed(round_.leave, error)
    checkpoint()


def _show(
    approval_id: int, provider: ApprovalProvider, error: ProviderError, checkpoint: Checkpoint
) -> None:
    """What stands in the way of reading this card, on its ticket; the next good reading ends it."""
    approval = db.session.get(Approval, approval_id)
    if approval is not None and approval.state == ApprovalState.PENDING:
        sentence, cure = provider.explain(error)
        approval.problem = _(
            "读不到这条审批的结果：%(why)s（%(code)s）%(cure)s",
            why=sentence,
            code=error.code,
            cure=cure,
        )
    checkpoint()


def _put_back(cards: Sequence[PendingCard | None], checkpoint: Checkpoint) -> None:
    """The time of this round was over before these were asked for: they are the next one's."""
    ids = [card.approval_id for card in cards if card is not None]
    db.session.execute(
        db.update(Approval)
        .where(Approval.id.in_(ids), Approval.state == ApprovalState.PENDING)
        .values(next_poll_at=database_now(db.session))
        .execution_options(synchronize_session=False)
    )
    checkpoint()


def _show_trouble(approval_id: int, checkpoint: Checkpoint) -> None:
    approval = db.session.get(Approval, approval_id)
    if approval is not None and approval.state == ApprovalState.PENDING:
        approval.problem = _("读取这条审批的结果时出错，将继续重试；请管理员查看日志")
    checkpoint()
