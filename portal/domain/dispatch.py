"""Carries out one claimed delivery: read and commit, call, write the outcome and commit.

No transaction is open while a provider is called. `checkpoint` is the entrance's commit.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from flask_babel import gettext as _

from portal.domain import (
    app_health,
    approvals,
    commenting,
    deliveries,
    ending,
    failures,
    issuing,
    looking,
    starting,
    templates,
    tries,
    twins,
)
from portal.domain.deliveries import Claim
from portal.domain.provider import ApprovalProvider, ProviderError
from portal.domain.starting import CannotStart
from portal.domain.tracker import IssueTracker
from portal.extensions import db
from portal.kit.clock import database_now
from portal.kit.conflicts import repeated
from portal.models import DeliveryAction

Checkpoint = Callable[[], None]


def carry_out(
    claim: Claim, provider: ApprovalProvider | IssueTracker, checkpoint: Checkpoint
) -> None:
    """Do what the delivery asks for, once, and write down what is known of it."""
    works = {
        DeliveryAction.TEMPLATE: _prepare_template,
        DeliveryAction.START: _start,
        DeliveryAction.DECIDE: ending.decide,
        DeliveryAction.WITHDRAW: ending.withdraw,
        DeliveryAction.WITHDRAW_TWIN: twins.withdraw,
        DeliveryAction.COMMENT: commenting.leave,
        DeliveryAction.ISSUE: issuing.create,
    }
    try:
        _carry_out(works[claim.action], claim, provider, checkpoint)
        app_health.release(claim.leave)
        checkpoint()
    except ProviderError as error:
        db.session.rollback()
        repeated(checkpoint, failures.note, claim, provider, error)


def _carry_out(
    work, claim: Claim, provider: ApprovalProvider | IssueTracker, checkpoint: Checkpoint
) -> None:
    try:
        if not _set_aside(claim):
            work(claim, provider, checkpoint)
    except CannotStart as reason:
        failures.note_impossible(claim, reason)
    except looking.TooEarly as early:
        failures.put_back(claim, early.due_at)


def _set_aside(claim: Claim) -> bool:
    """A row on which process after process died is not tried once more: a person looks first."""
    if claim.token <= tries.CRASHES_BEFORE_GIVING_UP:  # it was not tried as often as that
        return False
    delivery = deliveries.mine(claim)
    if delivery is None or not tries.crashed_too_often(delivery):
        return False
    deliveries.note(claim, "no", "crashed")
    failures.give_up(
        delivery,
        "crashed",
        _(
            "处理这条对接时程序连续 %(n)s 次异常退出",
            n=tries.CRASHES_BEFORE_GIVING_UP,
        ),
        _("请查看服务日志中该编号附近的错误，处理后点击重试"),
    )
    return True


def _prepare_template(claim: Claim, provider: ApprovalProvider, checkpoint: Checkpoint) -> None:
    delivery = deliveries.mine(claim)
    if delivery is None:
        return
    known = templates.known_code(claim)
    code = tries.answered(delivery)  # one whose process did not live to keep it
    if code is None:
        doubts = tries.doubtful_since(delivery)
        if doubts and known is None and not provider.finds_templates:
            raise CannotStart(*templates.in_doubt())
        deliveries.mark_wire(claim)
        checkpoint()
        code = provider.prepare_template(known)
    repeated(checkpoint, deliveries.note, claim, "yes", "", code)
    repeated(checkpoint, _template_is_there, claim, code)


def _template_is_there(claim: Claim, code: str) -> None:
    templates.prepared(claim, code)
    app_health.succeeded(claim.leave)


def _start(claim: Claim, provider: ApprovalProvider, checkpoint: Checkpoint) -> None:
    delivery = deliveries.mine(claim)
    if delivery is None:
        return
    external_id, doubts = tries.answered(delivery), tries.doubtful_since(delivery)
    if external_id is None and doubts:
        external_id = _left_behind(claim, doubts, provider, checkpoint)
    if external_id is not None:
        _adopt(claim, external_id, checkpoint)
    elif not _is_over(claim):
        _send(claim, provider, checkpoint)


def _left_behind(
    claim: Claim, doubts: list[datetime], provider: ApprovalProvider, checkpoint: Checkpoint
) -> str | None:
    """The card that a doubtful try has left over there, if it has."""
    external_id = looking.look(claim, doubts, provider, checkpoint)
    if external_id is None:
        looking.settle(claim, "no")
    return external_id


def _send(claim: Claim, provider: ApprovalProvider, checkpoint: Checkpoint) -> None:
    plan = starting.plan(claim, provider.finds_by)
    if plan is None:
        failures.put_back(claim, database_now(db.session), "template")
        return
    checkpoint()
    found = starting.look_up(plan, provider)
    if _is_over(claim):  # people had the time to end the step meanwhile
        return
    request = starting.begin(claim, plan, found)
    if request is None:
        return
    deliveries.mark_wire(claim)
    checkpoint()
    _adopt(claim, provider.start(request), checkpoint)


def _adopt(claim: Claim, external_id: str, checkpoint: Checkpoint) -> None:
    """Keep the id in the try's own row first: it outlives even a lost lease (R6)."""
    repeated(checkpoint, deliveries.note, claim, "yes", "", external_id)
    repeated(checkpoint, _card_is_there, claim, external_id)


def _card_is_there(claim: Claim, external_id: str) -> None:
    starting.started(claim, external_id)
    app_health.succeeded(claim.leave)


def _is_over(claim: Claim) -> bool:
    """The card is no longer wanted and surely was never sent: nothing to do."""
    delivery = deliveries.mine(claim)
    if delivery is None:
        return True
    if approvals.is_wanted(delivery.approval):
        return False
    deliveries.note(claim, "no", "void")
    deliveries.void(delivery, _("该步骤已经结束，审批无需再发送"))
    return True
