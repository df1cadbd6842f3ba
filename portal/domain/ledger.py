"""The ledger of deliveries as people use it: read page by page, a failed one tried again."""

from __future__ import annotations

from flask_babel import gettext as _
from sqlalchemy.orm import joinedload, selectinload

from portal.domain import (
    app_health,
    approvals,
    deliveries,
    issue_rows,
    records,
    samples,
    settings,
    templates,
    tries,
)
from portal.domain.errors import RuleError
from portal.extensions import db
from portal.models import (
    Approval,
    ApprovalState,
    Delivery,
    DeliveryAction,
    Member,
    ProblemIssue,
    ProblemSql,
    Ticket,
    TicketStep,
)


def page(
    before_id: int | None = None,
    provider: str | None = None,
    state: str | None = None,
    limit: int = 50,
) -> list[Delivery]:
    """The ledger, newest first, from below this id on; each with what it is for, and its tries."""
    problem = joinedload(Delivery.issue).joinedload(ProblemIssue.problem)
    ticket = joinedload(Delivery.approval).joinedload(Approval.step).joinedload(TicketStep.ticket)
    query = (
        db.select(Delivery)
        .order_by(Delivery.id.desc())
        .limit(limit)
        .options(ticket.joinedload(Ticket.project), selectinload(Delivery.tries))
        .options(problem.joinedload(ProblemSql.project))
    )
    if before_id is not None:
        query = query.where(Delivery.id < before_id)
    if provider:
        query = query.filter_by(provider=provider)
    if state:
        query = query.filter_by(state=state)
    return list(db.session.scalars(query))


def retry(delivery: Delivery, actor: Member) -> None:
    """重试: put a failed delivery back. Raises RuleError when that could do no good."""
    _check(delivery)
    if not deliveries.put_back(delivery):
        raise RuleError(_("只有失败的对接可以重试"))
    if delivery.action == DeliveryAction.START:
        _revive(delivery.approval)
    elif delivery.action == DeliveryAction.TEMPLATE:
        tries.settle(delivery, "no")  # a person has decided that it is to be made once more
    elif delivery.action == DeliveryAction.ISSUE:
        if delivery.issue.failure_code == issue_rows.NOT_ALL_SEEN:
            tries.settle(delivery, "no")  # a person has looked where we could not look at all
        issue_rows.wait_again(delivery.issue)
    app_health.clear(delivery.provider, delivery.app_key)
    records.add(
        records.Action.DELIVERY_RETRIED,
        f"delivery:{delivery.id}",
        actor,
        {"provider": delivery.provider, "action": delivery.action.value},
    )


def _check(delivery: Delivery) -> None:
    """A row of another app is claimed by nobody; two templates of one app are one too many."""
    setting = settings.provider_setting(delivery.provider)
    if setting.app_key != delivery.app_key:
        if delivery.action == DeliveryAction.ISSUE:
            raise RuleError(_("CODING 服务地址已更换，请在「SQL管控」中重新推送"))
        raise RuleError(_("应用已更换，旧应用的对接不能重试；请在工单页重新发送审批"))
    if delivery.action == DeliveryAction.ISSUE:
        issue_rows.check_retry(delivery)
    if delivery.action == DeliveryAction.TEMPLATE:
        newest = templates.latest(setting)
        if newest.id != delivery.id:
            raise RuleError(_("已有更新的一次准备，请看最新的那一行"))


def _revive(approval: Approval) -> None:
    """A card that broke because it could not be sent may be tried again while its step waits."""
    if approval.state not in {ApprovalState.BROKEN, ApprovalState.QUEUED}:
        raise RuleError(_("该审批已经结束，无需重试"))
    if approval.step is not None and approval.step.state != "open":
        raise RuleError(_("该步骤已经处理，无需重试"))
    if approvals.rival(approval) is not None:
        raise RuleError(_("该步骤已有新的审批，无需重试"))
    approvals.revive(approval, ApprovalState.QUEUED)
    if approval.step is None:
        samples.revived(approval)
