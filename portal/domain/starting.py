"""Preparing a card: the template, who files it, who is asked; and keeping what came of it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from flask import current_app
from flask_babel import gettext as _

from portal.domain import approvals, deliveries, mapping, projects, settings
from portal.domain.deliveries import Claim
from portal.domain.mapping import Finding, Person
from portal.domain.provider import ApprovalProvider, ApprovalRequest, CardRow
from portal.extensions import db
from portal.kit import texts
from portal.kit.clock import database_now, utc_now
from portal.models import (
    Approval,
    ApprovalState,
    Delivery,
    DeliveryAction,
    Member,
    ProviderAccount,
    ProviderSetting,
    StepKind,
)

TEMPLATE_TRUSTED_FOR = timedelta(days=1)


class CannotStart(Exception):
    """The card cannot be opened until a person changes something in the portal."""

    def __init__(self, code: str, message: str, cure: str):
        super().__init__(code)
        self.code, self.message, self.cure = code, message, cure


@dataclass(frozen=True)
class Plan:
    """Everything a start needs to know, as plain values, while no transaction is open."""

    request: ApprovalRequest
    known_template: str | None
    template_is_fresh: bool
    assignees: tuple[Person, ...]
    creator: Person
    stand_in: Person | None
    provider: str
    app_key: str


@dataclass(frozen=True)
class Found:
    """What the platform said about template and people."""

    template_code: str
    assignees: list[Finding]
    creator: Finding
    stand_in: Finding | None


def plan(claim: Claim) -> Plan:
    """Read all of it in one short transaction."""
    approval = deliveries.mine(claim).approval
    step, ticket = approval.step, approval.step.ticket
    setting = _setting(claim.provider)
    known = setting.template_code if setting.template_app_key == claim.app_key else None

    def who(member: Member) -> Person:
        return mapping.person(member, claim.provider, claim.app_key)

    return Plan(
        request=request_of(approval),
        known_template=known or None,
        template_is_fresh=bool(known) and _is_fresh(setting.template_checked_at),
        assignees=tuple(
            who(one.member)
            if projects.belongs(one.member, ticket.project)
            else replace(who(one.member), problem=_("已不是项目成员"))
            for one in step.assignees
        ),
        creator=who(ticket.creator),
        stand_in=who(setting.originator) if setting.originator else None,
        provider=claim.provider,
        app_key=claim.app_key,
    )


def _is_fresh(checked_at: datetime | None) -> bool:
    return bool(checked_at) and checked_at > utc_now() - TEMPLATE_TRUSTED_FOR


def _setting(provider: str) -> ProviderSetting:
    return db.session.scalars(db.select(ProviderSetting).filter_by(provider=provider)).one()


def request_of(approval: Approval) -> ApprovalRequest:
    """What the card shows; template and people are still to be filled in."""
    step, ticket = approval.step, approval.step.ticket
    return ApprovalRequest(
        key=approval.key,
        template_code="",
        originator="",
        approvers=(),
        project=ticket.project.title,
        subject=ticket.subject,
        description=ticket.description,
        link=settings.ticket_url(ticket) or _("（未配置 URL 地址前缀，请在电脑上打开门户查看）"),
        action=_("审核") if step.kind == StepKind.AUDIT else _("上线"),
        rows=tuple(
            CardRow(
                datasource=task.datasource.name,
                score=texts.score(task.score),
                pass_rate=texts.percent(task.pass_rate),
            )
            for task in ticket.tasks
        ),
        sql="\n\n".join(task.sql for task in ticket.tasks),
    )


def look_up(plan: Plan, provider: ApprovalProvider) -> Found:
    """Ask the platform, with no transaction open. Raises ProviderError."""
    template = plan.known_template
    if not plan.template_is_fresh:
        template = provider.prepare_template(plan.known_template)
    assignees = mapping.look_up(list(plan.assignees), provider)
    creator = mapping.look_up([plan.creator], provider)[0]
    needs_stand_in = creator.external_id is None or creator.external_id in {
        one.external_id for one in assignees
    }
    stand_in = None
    if plan.stand_in is not None and needs_stand_in:
        stand_in = mapping.look_up([plan.stand_in], provider)[0]
    return Found(template, assignees, creator, stand_in)


def begin(claim: Claim, plan: Plan, found: Found) -> ApprovalRequest | None:
    """The finished request; None when the lease was lost.

    What was learnt about people is kept, and the card's own facts too: should this try end in
    doubt, the next one looks by them. Raises CannotStart.
    """
    delivery = deliveries.mine(claim)
    if delivery is None:
        return None
    _keep_template(plan, found)
    assignees = mapping.remember(found.assignees, plan.provider, plan.app_key)
    approvers = [one.external_id for one in assignees if one.external_id]
    approval = delivery.approval
    approval.left_out = describe_left_out(assignees)
    if not approvers:
        raise CannotStart(
            "no_approver",
            _("没有一位处理人能在审批平台上找到：%(who)s。", who=approval.left_out),
            _("请在「用户中心」核对他们的手机号，再点击「重新发送」"),
        )
    approval.originator_id = _originator(plan, found, approvers)
    approval.template_code = found.template_code
    return replace(
        plan.request,
        template_code=found.template_code,
        originator=approval.originator_id,
        approvers=tuple(dict.fromkeys(approvers)),
    )


def _keep_template(plan: Plan, found: Found) -> None:
    setting = _setting(plan.provider)
    if setting.app_key == plan.app_key and not plan.template_is_fresh:
        setting.template_code, setting.template_app_key = found.template_code, plan.app_key
        setting.template_checked_at = utc_now()


def describe_left_out(findings: list[Finding]) -> str:
    """「张三（没有填写手机号）、李四（…）」, empty when everybody was found."""
    return "、".join(
        f"{one.person.name}（{one.problem}）" for one in findings if one.external_id is None
    )


def _originator(plan: Plan, found: Found, approvers: list[str]) -> str:
    """The creator; else the stand-in. Never an approver of the step: it may pass by itself."""
    candidates = [found.creator] + ([found.stand_in] if found.stand_in else [])
    asked = {one.person.member_id for one in found.assignees}
    candidates = [one for one in candidates if one.person.member_id not in asked]
    for kept in mapping.remember(candidates, plan.provider, plan.app_key):
        if kept.external_id and kept.external_id not in approvers:
            return kept.external_id
    why = found.creator.problem or _("也是这一步的处理人")
    raise CannotStart(
        "no_originator",
        _("工单创建人 %(who)s 不能作为审批发起人（%(why)s）", who=plan.creator.name, why=why)
        + (_("，替补发起人也不可用。") if plan.stand_in else _("，也没有设置替补发起人。")),
        _("请核对创建人的手机号，或在「流程对接」中设置不参与审批的替补发起人，再点击「重新发送」"),
    )


def started(claim: Claim, external_id: str) -> None:
    """The card is there: keep its id, watch it; or end it when it is no longer wanted."""
    delivery = deliveries.mine(claim)
    if delivery is None:  # another node took over; the attempt's own row keeps the id
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


def _end_unwanted(approval: Approval) -> None:
    """The step ended while the card was on its way: it is withdrawn, if nobody has seen to it."""
    ending = db.session.scalar(
        db.select(Delivery).where(
            Delivery.approval_id == approval.id, Delivery.action != DeliveryAction.START
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
    setting, began = _setting(delivery.provider), delivery.tries[-1].started_at
    step = delivery.approval.step
    people = [one.member_id for one in step.assignees] + [step.ticket.creator_id]
    stale_template = setting.template_checked_at is not None and setting.template_checked_at < began
    if not stale_template and not mapping.any_older(
        people, delivery.provider, delivery.app_key, began
    ):
        return False
    setting.template_checked_at = None
    mapping.forget_freshness(people, delivery.provider, delivery.app_key)
    return True


def forget_template_check(provider: str) -> None:
    """The next start reads the template's schema again."""
    _setting(provider).template_checked_at = None
