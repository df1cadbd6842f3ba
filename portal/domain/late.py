"""A decision without effect: the step was decided elsewhere first, or the card was one too many.

It is kept and shown all the same: whoever decided must not be left to believe that it counted.
"""

from __future__ import annotations

from flask_babel import gettext as _

from portal.domain import accounts, approvals, records
from portal.domain.provider import Decision, Outcome
from portal.models import Approval, Member, TicketStep

DECIDED = {Outcome.APPROVED, Outcome.REJECTED}


def note(approval: Approval, decision: Decision, title: str) -> None:
    """The card had ended over there before we could end it: say who decided what in vain.

    title: the platform's, as people read it.
    """
    if decision.outcome not in DECIDED:
        return
    member = accounts.member_of(decision.actor, approval.provider, approval.app_key)
    if member is not None and _is_the_same(approval.step, member, decision):
        return
    approval.raw_state = decision.raw_state[:255]
    approval.problem = _(
        "%(who)s 也在%(title)s%(done)s了这条审批，但该步骤已先在别处处理，没有生效",
        **_words(member, decision, title),
    )
    _record(approval, decision, member)


def note_twin(approval: Approval, decision: Decision, title: str) -> str:
    """The card stood there twice, and somebody decided the one that does not count.

    Answers the sentence that says so; "" where nobody did, or the same person has decided the
    step by the other one, too.
    """
    if decision.outcome not in DECIDED or approval.step is None:
        return ""
    member = accounts.member_of(decision.actor, approval.provider, approval.app_key)
    if member is not None and _is_the_same(approval.step, member, decision):
        return ""
    _record(approval, decision, member)
    return _(
        "%(who)s 在%(title)s%(done)s了重复的那张审批单，没有生效，以另外一张为准",
        **_words(member, decision, title),
    )


def _words(member: Member | None, decision: Decision, title: str) -> dict[str, str]:
    return {
        "who": member.shown_name if member else _("有人"),
        "title": title,
        "done": _("同意") if decision.outcome is Outcome.APPROVED else _("拒绝"),
    }


def _record(approval: Approval, decision: Decision, member: Member | None) -> None:
    records.add(
        records.Action.DECISION_LATE,
        approvals.subject_of_card(approval),
        member,
        {
            "revision": approval.step.revision,
            "position": approval.step.position,
            "via": approval.provider,
            "reason": decision.remark,
            "agreed": decision.outcome is Outcome.APPROVED,
        },
    )


def _is_the_same(step: TicketStep, member: Member, decision: Decision) -> bool:
    """Our own call finished it, though its answer was lost; or the same person pressed twice."""
    agreed = decision.outcome is Outcome.APPROVED
    return step.decided_by_id == member.id and agreed == (step.state == "approved")
