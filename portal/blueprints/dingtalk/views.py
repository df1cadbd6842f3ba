"""DingTalk's card on the 流程对接 page: save and test."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import datetime

from flask import Blueprint, url_for
from flask_babel import gettext as _
from flask_login import current_user

from portal import providers
from portal.blueprints import integration_cards
from portal.blueprints.access import admin_required
from portal.blueprints.answers import saved
from portal.blueprints.dingtalk.forms import DingTalkForm
from portal.blueprints.integration_cards import IntegrationCard
from portal.domain import app_health, budget, integrations, presses, settings
from portal.domain.errors import RuleError
from portal.domain.provider import AppCredentials, Check, CheckResult, Probe, ProviderError
from portal.extensions import db
from portal.models import AppHealth, ProviderSetting

NAME = "dingtalk"
TEST_SECONDS = 15.0

log = logging.getLogger(__name__)
bp = Blueprint(NAME, __name__, url_prefix="/settings/integrations/dingtalk")


@dataclass(frozen=True)
class Facts:
    """What the read view shows. pause: why no call is made now, if so."""

    setting: ProviderSetting
    template_code: str | None
    used: int
    limit: int | None
    pause: AppHealth | None
    url_prefix: str

    @property
    def is_configured(self) -> bool:
        return bool(self.setting.app_key)

    @property
    def pause_ends(self) -> datetime | None:
        """When calls go on by themselves; None for a pause that waits for somebody."""
        until = self.pause.paused_until if self.pause else None
        return until if until and until.year < 9999 else None


def _form() -> DingTalkForm:
    return DingTalkForm.of(settings.provider_setting(NAME))


def _facts() -> Facts:
    setting = settings.provider_setting(NAME)
    used, limit = budget.month_use(NAME)
    is_paused = app_health.is_paused(NAME, setting.app_key)
    return Facts(
        setting=setting,
        template_code=settings.template_code(setting),
        used=used,
        limit=limit,
        pause=app_health.state(NAME, setting.app_key) if is_paused else None,
        url_prefix=settings.url_prefix(),
    )


CARD = IntegrationCard(name=NAME, template="dingtalk/card.html", form=_form, facts=_facts)


@bp.post("")
@admin_required
def save():
    """Keep the app, switch it on or off."""
    form = _form()
    if form.validate():
        try:
            result = integrations.save_provider(
                NAME,
                enabled=form.enabled.data,
                app_key=form.app_key.data,
                secret=form.app_secret.data,
                originator=integrations.originator_named(form.originator.data),
                actor=current_user._get_current_object(),
            )
            db.session.commit()
            return saved(url_for("settings.integrations"), _summary(form.enabled.data, result))
        except RuleError as error:
            form.add_error(error)
    return integration_cards.render(NAME, form), 422


@bp.post("/test")
@admin_required
def test():
    """Try the values typed, permission by permission; nothing is saved but the result."""
    form = _form()
    contact = form.contact() if form.validate() else None
    if contact is None:
        return integration_cards.render(NAME, form), 422
    try:
        used = integrations.credentials(NAME, form.app_key.data, form.app_secret.data)
    except RuleError as error:
        form.add_error(error)
        return integration_cards.render(NAME, form), 422
    if not presses.allow(current_user):
        form.add_error(RuleError(_("测试过于频繁：每分钟最多 10 次，请稍后再试。")))
        return integration_cards.render(NAME, form), 429
    setting = settings.provider_setting(NAME)
    template_code = settings.template_code(setting) if setting.app_key == used.app_key else None
    db.session.commit()  # no transaction stays open while the platform is asked
    found = _ask(used, Probe(contact=contact, template_code=template_code))
    checks = [*found, integrations.address_check()]
    integrations.store_checks(NAME, used, checks, current_user._get_current_object())
    db.session.commit()
    return integration_cards.render(NAME, form, checks)


def _ask(used: AppCredentials, probe: Probe) -> list[Check]:
    adapter = providers.make(NAME, used, TEST_SECONDS, budget.counter(NAME))
    try:
        return adapter.check(probe)
    except ProviderError as error:
        log.warning("the test button: %s %s", error.code, error.kind)
        return [
            Check(
                name="address",
                result=CheckResult.FAIL,
                title=_("测试联通性"),
                detail=error.message,
                code=error.code,
            )
        ]


def _summary(enabled: bool, result: integrations.Saved) -> str:
    if not enabled:
        return _("已保存，钉钉审批处于关闭状态。")
    parts = [_("已保存，钉钉审批已启用。")]
    if result.opened:
        parts.append(_("正在为 %(n)s 个等待中的步骤发起审批。", n=result.opened))
    if result.broken:
        parts.append(_("旧应用中有 %(n)s 条审批不再跟踪，请在工单页重新发送。", n=result.broken))
    return "".join(parts)
