"""The app's approval template: prepared by a delivery of its own, before any card needs it."""

from __future__ import annotations

import hashlib
from datetime import timedelta

from flask_babel import gettext as _
from sqlalchemy.exc import IntegrityError

from portal.domain import deliveries, installation, settings, tries
from portal.domain.deliveries import Claim
from portal.extensions import db
from portal.kit.clock import database_now
from portal.models import (
    Delivery,
    DeliveryAction,
    DeliveryAttempt,
    DeliveryState,
    ProviderSetting,
)

# After so long the platform is asked whether the template is still as we made it.
TRUSTED_FOR = timedelta(days=1)


def is_usable(setting: ProviderSetting) -> bool:
    """Whether a card may be started with the template that is kept: nothing speaks against it."""
    is_known = settings.template_code(setting) is not None
    return is_known and setting.template_checked_at is not None


def must_wait(setting: ProviderSetting) -> bool:
    """Whether a card has to wait for the template; its preparing is queued then.

    What is known is checked once a day. A check that is in trouble holds nobody up.
    """
    checked_at = setting.template_checked_at
    if checked_at is None or checked_at <= database_now(db.session) - TRUSTED_FOR:
        prepare(setting)
        return not is_usable(setting) or not latest(setting).last_code
    return not is_usable(setting)


def prepare(setting: ProviderSetting) -> None:
    """Queue the making, mending or checking of the template, unless that is queued already."""
    mine = {"provider": setting.provider, "app_key": setting.app_key}
    earlier = db.select(Delivery.id).filter_by(action=DeliveryAction.TEMPLATE, **mine)
    if db.session.scalar(earlier.where(Delivery.state.in_(deliveries.UNFINISHED))) is not None:
        return
    count = len(db.session.scalars(earlier).all())
    digest = hashlib.sha256(f"{setting.provider} {setting.app_key}".encode()).hexdigest()[:12]
    now = database_now(db.session)
    delivery = Delivery(
        key=f"P{installation.installation_id()}-T{digest}-{count + 1}",
        action=DeliveryAction.TEMPLATE,
        payload={},
        retry_from=now,
        due_at=now,
        **mine,
    )
    try:
        with db.session.begin_nested():
            db.session.add(delivery)
    except IntegrityError:
        return  # another node has queued the same one just now


def latest(setting: ProviderSetting) -> Delivery | None:
    """The newest preparing of this app's template."""
    return db.session.scalar(
        db.select(Delivery)
        .filter_by(
            provider=setting.provider, app_key=setting.app_key, action=DeliveryAction.TEMPLATE
        )
        .order_by(Delivery.id.desc())
        .limit(1)
    )


def known_code(claim: Claim) -> str | None:
    """The template that this app has made or adopted, even if another app was set since."""
    setting = settings.provider_setting(claim.provider)
    if setting.app_key == claim.app_key and settings.template_code(setting):
        return settings.template_code(setting)
    return db.session.scalar(
        db.select(DeliveryAttempt.external_id)
        .join(Delivery, Delivery.id == DeliveryAttempt.delivery_id)
        .where(
            Delivery.provider == claim.provider,
            Delivery.app_key == claim.app_key,
            Delivery.action == DeliveryAction.TEMPLATE,
            DeliveryAttempt.external_id.is_not(None),
        )
        .order_by(DeliveryAttempt.id.desc())
        .limit(1)
    )


def prepared(claim: Claim, code: str) -> None:
    """The template is as it should be: keep its code, and let the cards go that waited."""
    delivery = deliveries.mine(claim)
    if delivery is None:
        return
    deliveries.sent(delivery)
    setting = settings.provider_setting(claim.provider)
    if setting.app_key == claim.app_key:
        setting.template_code, setting.template_app_key = code, claim.app_key
        setting.template_checked_at = database_now(db.session)


def check_failed(setting: ProviderSetting) -> None:
    """What we have is used on; the platform is asked again tomorrow, or on 重试."""
    setting.template_checked_at = database_now(db.session)


def doubt(provider: str) -> None:
    """The platform did not like a card: look at its template before the next one."""
    settings.provider_setting(provider).template_checked_at = None


def in_doubt() -> tuple[str, str, str]:
    """Code, message and cure of a template that may have been made, where none can be looked for.

    Made once more by itself it might stand there twice, for ever: a person decides.
    """
    return (
        "template_in_doubt",
        _("没有收到对方的答复，审批定义可能已经建立，也可能没有"),
        _(
            "点击重试会再建立一个；如果上一次其实已经成功，对方后台会多出一个用不到的同名定义，"
            "不影响使用"
        ),
    )


def waiting_cards(delivery: Delivery) -> list[Delivery]:
    """The starts that surely were never sent and cannot be without this template."""
    starts = db.session.scalars(
        db.select(Delivery).filter_by(
            provider=delivery.provider,
            app_key=delivery.app_key,
            action=DeliveryAction.START,
            state=DeliveryState.QUEUED,
        )
    )
    return [one for one in starts if not tries.doubtful_since(one)]


def obstacle(setting: ProviderSetting) -> str:
    """Why the template is not there yet, in plain words; empty when nothing went wrong."""
    delivery = latest(setting)
    if delivery is None or not delivery.last_code or delivery.state == DeliveryState.SENT:
        return ""
    return _(
        "%(message)s（%(code)s）%(cure)s",
        message=delivery.last_message,
        code=delivery.last_code,
        cure=delivery.cure,
    )
