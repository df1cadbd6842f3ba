"""A step's cards on the platforms, told in plain words on the ticket's page."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

from flask_babel import gettext as _

from portal.blueprints.wording import delivery_actions, delivery_states, platform_title
from portal.domain import app_changes, approvals, deliveries, settings, states, templates
from portal.domain.sent_cards import SentCards
from portal.extensions import db
from portal.kit.clock import utc_now
from portal.models import (
    AppHealth,
    Approval,
    ApprovalState,
    Delivery,
    DeliveryState,
    ProviderSetting,
    StepState,
    Ticket,
    TicketStep,
)
from portal.pages import shown_time


@dataclass(frozen=True)
class DeliveryView:
    """One call that a card caused. problem: code, sentence, cure and when it is tried again."""

    title: str
    problem: str
    is_bad: bool


@dataclass(frozen=True)
class CardView:
    """look: the colour of its sentence: "", info, success, warning or error."""

    approval: Approval
    platform: str
    sentence: str
    look: str
    deliveries: list[DeliveryView]
    may_be_resent: bool


def card_views(ticket: Ticket, sent: SentCards) -> dict[int, list[CardView]]:
    """Step id → its cards, oldest first, but for a live one: that is last."""
    if not sent.cards:
        return {}
    steps = {step.id: step for step in ticket.steps}
    cards, enabled = list(sent.cards), sent.enabled
    pauses = _pauses() if any(card.state == ApprovalState.QUEUED for card in cards) else {}
    open_step = states.open_step(ticket)
    found: dict[int, list[CardView]] = defaultdict(list)
    for card in sorted(cards, key=lambda one: one.state in approvals.LIVE):
        place = (card.step_id, card.provider)
        beside = [one for one in cards if (one.step_id, one.provider) == place]
        resendable = (
            card is beside[-1]
            and open_step is not None
            and card.step_id == open_step.id
            and card.provider in enabled
            and approvals.may_be_resent(beside)
        )
        obstacle = ""
        if card.state == ApprovalState.QUEUED:
            obstacle = _obstacle(card, enabled.get(card.provider), pauses)
        elif card.state == ApprovalState.PENDING and card.provider not in enabled:
            where = platform_title(card.provider)
            obstacle = _("已发送到%(where)s，对接停用期间不读取结果", where=where)
        elif card.state == ApprovalState.BROKEN and _is_replaced(card, beside):
            obstacle = _("%(where)s的这条审批已由另一条接替", where=platform_title(card.provider))
        view = _view(card, steps[card.step_id], sent.cards[card], obstacle, resendable)
        found[card.step_id].append(view)
    return found


def _is_replaced(card: Approval, beside: list[Approval]) -> bool:
    """Whether another card asks, or has asked, instead. beside: all of its step and platform."""
    return card is not beside[-1] or any(one.state in approvals.LIVE for one in beside)


def _pauses() -> dict[tuple[str, str], AppHealth]:
    """The apps that make no calls now."""
    query = db.select(AppHealth).where(AppHealth.paused_until > utc_now())
    return {(row.provider, row.app_key): row for row in db.session.scalars(query)}


def _obstacle(
    card: Approval,
    setting: ProviderSetting | None,
    pauses: dict[tuple[str, str], AppHealth],
) -> str:
    """Why a queued card is not sent now, and when it will be; empty when nothing is in its way.

    setting: the provider's, None while it is off.
    """
    where = platform_title(card.provider)
    if setting is None:
        return _("%(where)s对接已停用，重新启用后继续发送", where=where)
    pause = pauses.get((card.provider, card.app_key))
    if pause is None:
        return _missing_template(setting, where)
    return {
        "credentials": _("%(where)s的应用凭证不正确，管理员更正后自动发送", where=where),
        "quota": _("本月的%(where)s接口调用次数已用完，恢复后自动发送", where=where),
    }.get(
        pause.reason,
        _(
            "暂时无法连接%(where)s，将于 %(when)s 自动重试",
            where=where,
            when=shown_time(pause.paused_until),
        ),
    )


def _missing_template(setting: ProviderSetting, where: str) -> str:
    if settings.template_code(setting) is not None:
        return ""
    why = templates.obstacle(setting)
    if why:
        return _("%(where)s的审批模板还没有建好：%(why)s", where=where, why=why)
    return _("正在建立%(where)s的审批模板，随后自动发送", where=where)


def _view(
    card: Approval, step: TicketStep, sent: list[Delivery], obstacle: str, may_be_resent: bool
) -> CardView:
    platform = platform_title(card.provider)
    sentence, look = _sentence(card, step, platform, sent, obstacle)
    shown = [_delivery_view(delivery, card.problem) for delivery in sent]
    return CardView(card, platform, sentence, look, shown, may_be_resent)


def _sentence(
    card: Approval, step: TicketStep, platform: str, sent: list[Delivery], obstacle: str
) -> tuple[str, str]:
    """What is to be said about the card, and its colour."""
    if card.state == ApprovalState.QUEUED:
        return _queued(platform, sent, obstacle)
    if obstacle:
        return obstacle, "" if card.state == ApprovalState.BROKEN else "warning"
    if card.state == ApprovalState.SUPERSEDED:
        return _superseded(card, step, platform, sent)
    who = card.decided_by.shown_name if card.decided_by else _("处理人")
    names = "、".join(_asked(card, step))
    return {
        ApprovalState.PENDING: (
            _("已发送到%(where)s，等待 %(names)s 审批", where=platform, names=names),
            "warning" if card.problem else "info",
        ),
        ApprovalState.APPROVED: (
            _("%(who)s 已在%(where)s同意", who=who, where=platform),
            "success",
        ),
        ApprovalState.REJECTED: (
            _("%(who)s 已在%(where)s拒绝", who=who, where=platform),
            "warning",
        ),
        ApprovalState.WITHDRAWN: (_("审批已在%(where)s撤回", where=platform), "warning"),
        ApprovalState.BROKEN: (_("%(where)s审批需要人工处理", where=platform), "error"),
    }[card.state]


def _queued(platform: str, sent: list[Delivery], obstacle: str) -> tuple[str, str]:
    if obstacle:
        return obstacle, "warning"
    if any(delivery.last_code for delivery in sent):
        return _("发送到%(where)s失败，稍后自动重试", where=platform), "warning"
    return _("正在发送到%(where)s", where=platform), "info"


def _superseded(
    card: Approval, step: TicketStep, platform: str, sent: list[Delivery]
) -> tuple[str, str]:
    closed = step.state == StepState.SKIPPED
    why = _("工单已关闭") if closed else _("已在别处处理")
    ending = [one for one in sent if one.action in deliveries.ENDINGS]
    if any(one.state == DeliveryState.FAILED or _is_given_up(one) for one in ending):
        text = _("%(why)s，但%(where)s中的审批没能结束", why=why, where=platform)
        return text, "error"
    if any(one.state in {DeliveryState.QUEUED, DeliveryState.SENDING} for one in ending):
        return _("%(why)s，正在结束%(where)s中的审批", why=why, where=platform), "info"
    if card.external_id is None:
        return _("%(why)s，没有再发送到%(where)s", why=why, where=platform), ""
    return _("%(why)s，%(where)s中的审批已结束", why=why, where=platform), ""


def _is_given_up(delivery: Delivery) -> bool:
    """Whether the app was changed before this was sent."""
    return (delivery.state, delivery.last_code) == (DeliveryState.VOID, app_changes.APP_CHANGED)


def _asked(card: Approval, step: TicketStep) -> list[str]:
    """The assignees who got the card: those left out are named with a reason in brackets."""
    names = [assignee.member.shown_name for assignee in step.assignees]
    return [name for name in names if f"{name}（" not in card.left_out]


def _delivery_view(delivery: Delivery, said: str) -> DeliveryView:
    """said: what stands on the card already and need not be repeated."""
    title = _(
        "%(action)s：%(state)s",
        action=delivery_actions()[delivery.action],
        state=delivery_states()[delivery.state],
    )
    if delivery.payload.get("was_decided"):  # one card too many, on which somebody has acted
        return DeliveryView(title, delivery.last_message, is_bad=True)
    unfinished = delivery.state in {DeliveryState.QUEUED, DeliveryState.SENDING}
    is_bad = delivery.state == DeliveryState.FAILED or (unfinished and bool(delivery.last_code))
    return DeliveryView(title, _problem(delivery, said) if is_bad else "", is_bad)


def _problem(delivery: Delivery, said: str) -> str:
    sentences = [delivery.last_message, delivery.cure]
    parts = [delivery.last_code, *(one for one in sentences if one.rstrip("。") not in said)]
    if delivery.state == DeliveryState.QUEUED:
        parts.append(_("将于 %(when)s 自动重试", when=shown_time(delivery.due_at)))
    return " · ".join(part for part in parts if part)
