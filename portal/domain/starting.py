"""Preparing a card: who files it, who is asked; and keeping what came of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from flask import current_app
from flask_babel import gettext as _

from portal.domain import (
    accounts,
    approvals,
    card_content,
    contacts,
    deliveries,
    mapping,
    projects,
    settings,
    templates,
)
from portal.domain.deliveries import Claim
from portal.domain.mapping import Finding, Person
from portal.domain.provider import ApprovalProvider, ApprovalRequest
from portal.extensions import db
from portal.kit.clock import database_now
from portal.models import (
    Approval,
    ApprovalState,
    Delivery,
    DeliveryAction,
    Member,
    ProviderAccount,
    TicketStep,
)


class CannotStart(Exception):
    """The card cannot be opened until a person changes something in the portal."""

    def __init__(self, code: str, message: str, cure: str):
        super().__init__(code)
        self.code, self.message, self.cure = code, message, cure


@dataclass(frozen=True)
class Plan:
    """Everything a start needs to know, as plain values, while no transaction is open.

    originators: who may file it over there, the best first.
    is_sample: it decides nothing, so that the one who is asked may also file it.
    """

    request: ApprovalRequest
    assignees: tuple[Person, ...]
    originators: tuple[Person, ...]
    is_sample: bool
    provider: str
    app_key: str
    finds_by: tuple[str, ...]


@dataclass(frozen=True)
class Found:
    """What the platform said about the people."""

    assignees: list[Finding]
    originators: list[Finding]


def plan(claim: Claim, finds_by: Sequence[str]) -> Plan | None:
    """Read all of it in one short transaction.

    None while the app's template is to be prepared or checked first: that is queued.
    """
    approval = deliveries.mine(claim).approval
    setting = settings.provider_setting(claim.provider)
    if templates.must_wait(setting):
        return None
    step, stand_in = approval.step, [setting.originator] if setting.originator else []
    if step is None:
        asked, filing = [approval.sample_for], [*stand_in, approval.sample_for]
    else:
        asked, filing = _members_asked(step), [step.ticket.creator, *stand_in]
    people = mapping.people([*asked, *filing], claim.provider, claim.app_key, finds_by)
    assignees, originators = people[: len(asked)], people[len(asked) :]
    if step is not None:
        gone = projects.outsiders(asked, step.ticket.project)
        assignees = [_left(one) if one.member_id in gone else one for one in assignees]
    return Plan(
        request=replace(card_content.request_of(approval), template_code=setting.template_code),
        assignees=tuple(assignees),
        originators=tuple(originators),
        is_sample=step is None,
        provider=claim.provider,
        app_key=claim.app_key,
        finds_by=tuple(finds_by),
    )


def _members_asked(step: TicketStep) -> list[Member]:
    """Those who may decide it, in their order, however many by one query."""
    ids = [one.member_id for one in step.assignees]
    found = {one.id: one for one in db.session.scalars(db.select(Member).where(Member.id.in_(ids)))}
    return [found[id] for id in ids]


def _left(one: Person) -> Person:
    return replace(one, problem=_("已不是项目成员"), cure=_("请调整审批流程，或将其重新加入项目。"))


def look_up(plan: Plan, provider: ApprovalProvider) -> Found:
    """Ask the platform, with no transaction open. Raises ProviderError.

    The next originator is asked for only where the one before will not do.
    """
    assignees = mapping.look_up(list(plan.assignees), provider)
    approvers = {one.external_id for one in assignees}
    originators: list[Finding] = []
    for one in plan.originators:
        originators += mapping.look_up([one], provider)
        last = originators[-1].external_id
        if last is not None and last not in approvers:
            break
    return Found(assignees, originators)


def begin(claim: Claim, plan: Plan, found: Found) -> ApprovalRequest | None:
    """The finished request; None when the lease was lost.

    What was learnt about people is kept, and the card's own facts too: should this try end in
    doubt, the next one looks by them. Raises CannotStart.
    """
    delivery = deliveries.mine(claim)
    if delivery is None:
        return None
    assignees = mapping.remember(found.assignees, plan.provider, plan.app_key)
    approvers = [one.external_id for one in assignees if one.external_id]
    approval = delivery.approval
    approval.left_out = describe_left_out(assignees)
    if not approvers:
        raise CannotStart(
            "no_approver",
            _("没有一位处理人能在审批平台上找到：%(who)s。", who=approval.left_out),
            _(
                "请在「用户中心」核对他们的%(fields)s，再点击「%(again)s」",
                fields=contacts.fields_title(plan.finds_by),
                again=_("发送给我") if plan.is_sample else _("重新发送"),
            ),
        )
    approval.originator_id = _originator(plan, found, approvers)
    approval.template_code = plan.request.template_code
    return replace(
        plan.request,
        originator=approval.originator_id,
        approvers=tuple(dict.fromkeys(approvers)),
    )


def describe_left_out(findings: list[Finding]) -> str:
    """「张三（没有填写手机号）、李四（…）」, empty when everybody was found."""
    return "、".join(
        f"{one.person.name}（{one.problem}）" for one in findings if one.external_id is None
    )


def _originator(plan: Plan, found: Found, approvers: list[str]) -> str:
    """The creator; else the stand-in. Never an approver of the step: it may pass by itself."""
    asked = {one.person.member_id for one in found.assignees}
    candidates = [one for one in found.originators if one.person.member_id not in asked]
    for kept in mapping.remember(candidates, plan.provider, plan.app_key):
        if kept.external_id and kept.external_id not in approvers:
            return kept.external_id
    if plan.is_sample:
        return approvers[0]
    creator, *stand_in = found.originators
    raise CannotStart(
        "no_originator",
        _(
            "工单创建人 %(who)s 不能作为审批发起人（%(why)s）",
            who=creator.person.name,
            why=creator.problem or _("也是这一步的处理人"),
        )
        + (_("，替补发起人也不可用。") if stand_in else _("，也没有设置替补发起人。")),
        _(
            "请核对创建人的%(fields)s，或在「流程对接」中设置不参与审批的替补发起人，"
            "再点击「重新发送」",
            fields=contacts.fields_title(plan.finds_by),
        ),
    )


def started(claim: Claim, external_id: str) -> None:
    """The card is there: keep its id, watch it; or end it when it is no longer wanted."""
    delivery = deliveries.mine(claim)
    if delivery is None:  # another node took over; the attempt's own row keeps the id
        _ask_for_twins(claim)
        return
    approval = delivery.approval
    now = database_now(db.session)
    approval.external_id = external_id
    approval.started_at = now
    approval.problem = ""
    deliveries.sent(delivery)
    moved = db.session.execute(
        db.update(Approval)
        .where(Approval.id == approval.id, Approval.state == ApprovalState.QUEUED)
        .values(
            state=ApprovalState.PENDING,
            next_poll_at=now + timedelta(seconds=current_app.config["SWEEP_SECONDS"]),
        )
        .execution_options(synchronize_session="fetch")
    )
    if moved.rowcount != 1:
        _end_unwanted(approval)


def _ask_for_twins(claim: Claim) -> None:
    """The other node may have started a card of its own."""
    db.session.execute(
        db.update(Delivery)
        .where(Delivery.id == claim.delivery_id)
        .values(twins_due_at=database_now(db.session))
        .execution_options(synchronize_session=False)
    )


def _end_unwanted(approval: Approval) -> None:
    """The step ended while the card was on its way: it is withdrawn, if nobody has seen to it."""
    ending = db.session.scalar(
        db.select(Delivery).where(
            Delivery.approval_id == approval.id, Delivery.action.in_(deliveries.ENDINGS)
        )
    )
    earliest = approvals.earliest_withdrawal(approval)
    if ending is None:
        deliveries.put(approval, DeliveryAction.WITHDRAW, not_before=earliest)
    elif ending.action == DeliveryAction.WITHDRAW and earliest:
        ending.due_at = max(ending.due_at, earliest)


def external_id_of(member: Member, claim: Claim) -> str | None:
    """This member's account, as it was kept when the card was opened."""
    account = db.session.scalar(
        db.select(ProviderAccount).filter_by(
            member_id=member.id, provider=claim.provider, app_key=claim.app_key
        )
    )
    return account.external_id if account else None


def doubt_what_we_know(delivery: Delivery) -> bool:
    """A start was refused: it may be our template or a stale account. Ask again, once.

    False when all of it was already asked in this try, so that the refusal is to be believed.
    """
    if delivery.action != DeliveryAction.START:
        return False
    setting, began = settings.provider_setting(delivery.provider), _first_try(delivery)
    people = _people_of(delivery.approval)
    stale_template = setting.template_checked_at is not None and setting.template_checked_at < began
    if not stale_template and not accounts.any_older(
        people, delivery.provider, delivery.app_key, began
    ):
        return False
    templates.doubt(delivery.provider)
    accounts.forget_freshness(people, delivery.provider, delivery.app_key)
    return True


def _first_try(delivery: Delivery) -> datetime:
    """When this delivery was first taken up since it was last put into the queue by somebody."""
    begun = [one.started_at for one in delivery.tries]
    return min((at for at in begun if at >= delivery.retry_from), default=begun[-1])


def _people_of(approval: Approval) -> list[int]:
    if approval.step is None:
        return [approval.sample_for_id]
    return [one.member_id for one in approval.step.assignees] + [approval.step.ticket.creator_id]
