"""How platforms and deliveries are called, on every page alike."""

from __future__ import annotations

from flask_babel import gettext as _

from portal import providers
from portal.models import DeliveryAction, DeliveryState


def platform_title(provider: str) -> str:
    """The platform's name as people read it, be it one of approvals or of issues."""
    entry = providers.PROVIDERS.get(provider) or providers.TRACKERS.get(provider)
    return str(entry.title) if entry else provider


def platform_titles() -> dict[str, str]:
    """Every platform that is delivered to → its name as people read it."""
    return {name: platform_title(name) for name in (*providers.PROVIDERS, *providers.TRACKERS)}


def approval_titles() -> dict[str, str]:
    """The platforms of approvals alone."""
    return {name: platform_title(name) for name in providers.PROVIDERS}


def delivery_actions() -> dict[str, str]:
    """What a delivery does over there."""
    return {
        DeliveryAction.TEMPLATE: _("准备审批模板"),
        DeliveryAction.START: _("发起审批"),
        DeliveryAction.DECIDE: _("同步审批结果"),
        DeliveryAction.WITHDRAW: _("撤回审批"),
        DeliveryAction.WITHDRAW_TWIN: _("撤回重复的审批"),
        DeliveryAction.COMMENT: _("通知"),
        DeliveryAction.ISSUE: _("推送问题 SQL"),
    }


def delivery_states() -> dict[str, str]:
    """How far a delivery is."""
    return {
        DeliveryState.QUEUED: _("等待发送"),
        DeliveryState.SENDING: _("正在发送"),
        DeliveryState.SENT: _("已送达"),
        DeliveryState.FAILED: _("失败"),
        DeliveryState.VOID: _("无需发送"),
    }
