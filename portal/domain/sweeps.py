"""Learning what people decided over there: claim what is due, ask, apply; one row at a time."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta

from flask import current_app
from flask_babel import gettext as _

from portal.domain import (
    accounts,
    app_health,
    approvals,
    budget,
    projects,
    records,
    samples,
    tickets,
)
from portal.domain.provider import ApprovalProvider, CardRef, Decision, Outcome, ProviderError
from portal.extensions import db
from portal.kit.clock import database_now
from portal.models import (
    Approval,
    ApprovalState,
    Member,
    ProviderSetting,
    StepKind,
    TicketStep,
)

log = logging.getLogger(__name__)
Checkpoint = Callable[[], None]
BATCH = 500
# An open card is asked for each sweep at first, then ever more seldom, up to this many sweeps.
LONGEST_STRETCH = 30
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


def claim(provider: str) -> Round | None:
    """The cards of this provider's app, if any is due; the due ones are pushed forward first.

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
    )
    due = db.session.scalars(
        pending.where(Approval.next_poll_at <= now)
        .order_by(Approval.next_poll_at)
        .limit(BATCH)
        .with_for_update(skip_locked=True)
    ).all()
    if not due:
        return None
    affordable = budget.may_poll(provider)
    lease = timedelta(seconds=current_app.config["LEASE_SECONDS"])
    if affordable and not app_health.begin_call(provider, setting.app_key, lease):
        return None
    for approval in due:
        approval.next_poll_at = now + _interval(now - approval.started_at)
    if not affordable:
        log.info("%s: polling waits, to stay inside the month's calls", provider)
        return None
    ids = {approval.id for approval in due}
    # One list call answers for all; what is in trouble is asked for only when it is due itself.
    others = db.session.scalars(
        pending.where(Approval.id.not_in(ids), Approval.problem == "")
        .order_by(Approval.id)
        .limit(BATCH)
    ).all()
    cards = [_card(approval, True) for approval in due]
    cards += [_card(approval, False) for approval in others]
    return Round(provider, setting.app_key, cards)


def _card(approval: Approval, is_due: bool) -> PendingCard:
    ref = CardRef(approval.external_id, approval.template_code, approval.started_at, is_due)
    return PendingCard(approval.id, ref)


def _interval(age: timedelta) -> timedelta:
    """Until the next look at a card of this age: from 1 to 30 sweeps."""
    sweep = current_app.config["SWEEP_SECONDS"]
    stretch = 1 + age.total_seconds() / (AGE_A_SWEEP * sweep)
    return timedelta(seconds=sweep * min(stretch, LONGEST_STRETCH))


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
            app_health.succeeded(round_.provider, round_.app_key)
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
            app_health.succeeded(round_.provider, round_.app_key)
            decided += apply(card.approval_id, decision, str(provider.title))
            checkpoint()
        except ProviderError as error:
            db.session.rollback()
            _note_trouble(round_, error, checkpoint)
            if error.code == app_health.OUR_TIME:
                _put_back([by_external_id.get(one) for one in changed[position:]], checkpoint)
                break
            if error.throttled or app_health.is_paused(round_.provider, round_.app_key):
                break
        except Exception:
            db.session.rollback()
            log.exception("card %s could not be applied", card.approval_id)
            _show_trouble(card.approval_id, checkpoint)
    return decided


def _note_trouble(round_: Round, error: ProviderError, checkpoint: Checkpoint) -> None:
    log.warning(
        "%s: asking for cards failed: %s %s",
        round_.provider,
        error.kind.value,
        error.code,
        extra={"code": error.code, "kind": error.kind.value},
    )
    app_health.failed(round_.provider, round_.app_key, error)
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
    if approval is not None:
        approval.problem = _("读取这条审批的结果时出错，将继续重试；请管理员查看日志")
    checkpoint()


def apply(approval_id: int, decision: Decision, title: str) -> bool:
    """What the platform says, by the table of DESIGN §4. True when the ticket moved.

    title: the platform's, as people read it.
    """
    approval = db.session.get(Approval, approval_id)
    if approval is None or approval.state != ApprovalState.PENDING:
        return False  # ended in the meantime: a late answer changes nothing
    if decision.raw_state:
        approval.raw_state = decision.raw_state[:255]
    if decision.outcome is Outcome.UNKNOWN:
        approval.problem = _(
            "审批平台返回了未知状态「%(state)s」，工单保持不变，将继续查询",
            state=decision.raw_state,
        )
        log.warning("card %s is in an unknown state", approval_id)
        return False
    approval.problem = ""  # a known state counts: an earlier unknown one is over
    if decision.outcome is Outcome.PENDING:
        return False
    if approval.step is None:
        return _sample_ended(approval, decision)
    if decision.outcome is Outcome.WITHDRAWN:
        return _withdrawn(approval, title)
    return _decided(approval, decision)


def _sample_ended(approval: Approval, decision: Decision) -> bool:
    """A sample decides nothing: only what was pressed is shown."""
    state = {
        Outcome.APPROVED: ApprovalState.APPROVED,
        Outcome.REJECTED: ApprovalState.REJECTED,
    }.get(decision.outcome, ApprovalState.WITHDRAWN)
    if approvals.end(approval, state):
        approval.decided_by = accounts.member_of(
            decision.actor, approval.provider, approval.app_key
        )
        samples.ended(approval)
    return False


def _withdrawn(approval: Approval, title: str) -> bool:
    step = approval.step
    if not approvals.end(approval, ApprovalState.WITHDRAWN):
        return False
    records.add(
        records.Action.CARD_WITHDRAWN,
        approvals.subject_of(step.ticket),
        None,
        {"provider": approval.provider, "state": approval.raw_state},
    )
    if step.kind == StepKind.EXECUTE:
        approval.problem = _("审批已在%(title)s撤回，工单仍为待上线", title=title)
        return False
    reason = _("审批已在%(title)s撤回", title=title)
    return tickets.withdrawn_over_there(step, reason, approval.provider)


def _decided(approval: Approval, decision: Decision) -> bool:
    step = approval.step
    agreed = decision.outcome is Outcome.APPROVED
    member = accounts.member_of(decision.actor, approval.provider, approval.app_key)
    problem = _not_ours(step, member, decision)
    if problem:
        approvals.break_card(approval, problem)
        return False
    state = ApprovalState.APPROVED if agreed else ApprovalState.REJECTED
    if not approvals.end(approval, state):
        return False
    approval.decided_by = member
    moved = tickets.decide(step, member, agreed, decision.remark, approval.provider)
    if not moved:
        approval.state = ApprovalState.SUPERSEDED
    return moved


def _not_ours(step: TicketStep, member: Member | None, decision: Decision) -> str:
    """Why this decision does not count, in plain words; empty when it does."""
    done = _("通过") if decision.outcome is Outcome.APPROVED else _("拒绝")
    tail = _("，不算作本步骤的决定；请处理人在门户中审批，或点击「重新发送」")
    if decision.automatic:
        return _("审批被平台自动%(done)s", done=done) + tail
    if member is None:
        return _("审批被一个不对应任何成员的账号%(done)s", done=done) + tail
    if not member.is_enabled:
        return _("审批被已禁用的成员 %(who)s %(done)s", who=member.shown_name, done=done) + tail
    if member.id not in {one.member_id for one in step.assignees}:
        return _("审批被非处理人 %(who)s %(done)s", who=member.shown_name, done=done) + tail
    if not projects.belongs(member, step.ticket.project):
        return _("审批被已离开项目的成员 %(who)s %(done)s", who=member.shown_name, done=done) + tail
    return ""
