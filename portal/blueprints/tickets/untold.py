"""Where people could not be told over there how the ticket ended, said on its page."""

from __future__ import annotations

from dataclasses import dataclass

from flask_babel import gettext as _

from portal.blueprints.wording import platform_title
from portal.domain import approvals, deliveries, notices, told
from portal.domain.sent_cards import SentCards
from portal.models import (
    Delivery,
    DeliveryAction,
    DeliveryState,
    ProviderSetting,
    Ticket,
)


@dataclass(frozen=True)
class UntoldView:
    """One platform, and why nobody was told there."""

    provider: str
    sentence: str


def untold(ticket: Ticket, sent: SentCards) -> list[UntoldView]:
    """On the platforms that are on, or have a card of the ticket; none while it goes on."""
    if ticket.status not in told.ENDS:
        return []
    settings = {setting.provider: setting for setting in approvals.enabled_providers()}
    platforms = settings.keys() | {card.provider for card in sent.cards}
    found = []
    for provider in sorted(platforms):
        why = _why_not(ticket, provider, settings.get(provider), sent)
        if why:
            where = platform_title(provider)
            sentence = _("未能在%(where)s通知创建人和处理人：%(why)s", where=where, why=why)
            found.append(UntoldView(provider, sentence))
    return found


def _why_not(
    ticket: Ticket, provider: str, setting: ProviderSetting | None, sent: SentCards
) -> str:
    """Empty where they were told, or will be. setting: None while the platform is off."""
    comment = _comment(ticket, provider, sent)
    if comment is not None:
        waits = setting is None and comment.state in deliveries.UNFINISHED
        is_lost = comment.state in {DeliveryState.FAILED, DeliveryState.VOID}
        return _("对接已停用") if waits else comment.last_message * is_lost
    edges = told.ENDS[ticket.status]
    if any(told.by_its_own_card(edge, ticket, provider, sent) for edge in edges):
        return ""
    return _obstacle(provider, setting, sent)


def _comment(ticket: Ticket, provider: str, sent: SentCards) -> Delivery | None:
    """The newest one about this end."""
    ends = {edge.value for edge in told.ENDS[ticket.status]}
    found = [
        one
        for calls in sent.of(provider).values()
        for one in calls
        if one.action == DeliveryAction.COMMENT
        and one.payload["edge"] in ends
        and one.payload["revision"] == ticket.revision
    ]
    return max(found, key=lambda one: one.id, default=None)


def _obstacle(provider: str, setting: ProviderSetting | None, sent: SentCards) -> str:
    cards = sent.of(provider)
    if setting is None:
        return _("对接已停用")
    if not any(card.external_id for card in cards):
        return _("工单在该平台上没有审批")
    if all(card.app_key != setting.app_key for card in cards):
        return _("应用已更换，旧应用的审批不能评论")
    if notices.last_over_there(setting, sent) is None:
        return _("该平台上的审批需要人工处理，不能评论")
    return _("工单结束时不能评论该平台上的审批")
