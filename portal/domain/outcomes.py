"""What a platform says about a card, applied by the table of DESIGN §4."""

from __future__ import annotations

import logging

from flask_babel import gettext as _

from portal.domain import accounts, approvals, moves, projects, records, samples, tickets
from portal.domain.provider import Decision, Outcome
from portal.extensions import db
from portal.models import Approval, ApprovalState, Member, StepKind, TicketStep

log = logging.getLogger(__name__)


def apply(approval_id: int, decision: Decision, title: str) -> bool:
    """What the platform says, by the table of DESIGN §4. True when the ticket moved.

    title: the platform's, as people read it.
    """
    approval = db.session.get(Approval, approval_id)
    if approval is None or approval.state != ApprovalState.PENDING:
        return False  # ended in the meantime: a late answer changes nothing
    if approval.step is not None and decision.outcome not in {Outcome.UNKNOWN, Outcome.PENDING}:
        moves.lock(approval.step.ticket)  # before the card is written, which a query would flush
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
    problem = _not_allowed(step) or _not_ours(step, member, decision)
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


def _not_allowed(step: TicketStep) -> str:
    """The project has forbidden it while the card was open."""
    if step.kind == StepKind.EXECUTE and not step.ticket.project.im_execute:
        return _("项目已不允许在 IM 中上线，这条审批的结果没有生效；请在门户中处理")
    return ""


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
