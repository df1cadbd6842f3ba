"""A decision that came too late: the step was decided elsewhere first. Kept, shown, no effect."""

from __future__ import annotations

from flask_babel import gettext as _

from portal.domain import accounts, approvals, records
from portal.domain.provider import Decision, Outcome
from portal.models import Approval, Member


def note(approval: Approval, decision: Decision, title: str) -> None:
    """The card had ended over there before we could end it: say who decided what in vain.

    title: the platform's, as people read it.
    """
    if decision.outcome not in {Outcome.APPROVED, Outcome.REJECTED}:
        return
    agreed = decision.outcome is Outcome.APPROVED
    member = accounts.member_of(decision.actor, approval.provider, approval.app_key)
    step = approval.step
    if member is not None and _is_the_same(step, member, agreed):
        return
    approval.raw_state = decision.raw_state[:255]
    approval.problem = _(
        "%(who)s 也在%(title)s%(done)s了这条审批，但该步骤已先在别处处理，没有生效",
        who=member.shown_name if member else _("有人"),
        title=title,
        done=_("同意") if agreed else _("拒绝"),
    )
    records.add(
        records.Action.DECISION_LATE,
        approvals.subject_of_card(approval),
        member,
        {
            "revision": step.revision,
            "position": step.position,
            "via": approval.provider,
            "reason": decision.remark,
            "agreed": agreed,
        },
    )


def _is_the_same(step, member: Member, agreed: bool) -> bool:
    """Our own call finished it, though its answer was lost; or the same person pressed twice."""
    return step.decided_by_id == member.id and agreed == (step.state == "approved")
