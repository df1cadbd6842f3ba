"""An approval provider's card on the 流程对接 page: save, test, and a sample to oneself."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import datetime

from flask import Blueprint, flash, redirect, url_for
from flask_babel import gettext as _
from flask_login import current_user

from portal.blueprints import integration_cards
from portal.blueprints.access import admin_required
from portal.blueprints.answers import saved
from portal.blueprints.app_form import AppForm
from portal.blueprints.integration_cards import IntegrationCard
from portal.domain import (
    app_health,
    budget,
    integrations,
    presses,
    samples,
    settings,
    templates,
)
from portal.domain.errors import RuleError
from portal.domain.integrations import AppWords
from portal.domain.provider import (
    AppCredentials,
    ApprovalProvider,
    Check,
    CheckResult,
    Probe,
    ProviderError,
    ProviderFactory,
)
from portal.extensions import db
from portal.models import (
    AppHealth,
    Approval,
    ApprovalState,
    Delivery,
    DeliveryState,
    Member,
    ProviderSetting,
)

TEST_SECONDS = 15.0

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class ProviderWords:
    """How the card speaks of its platform; texts may be lazy."""

    title: str
    subtitle: str
    template_title: str
    hosts: str
    app: AppWords
    originator_help: str


@dataclass(frozen=True)
class SampleView:
    """The last sample: whether it waits, and every call that it caused, newest problems first."""

    approval: Approval
    deliveries: list[Delivery]

    @property
    def is_live(self) -> bool:
        return self.approval.state in {ApprovalState.QUEUED, ApprovalState.PENDING}

    @property
    def withdrawal(self) -> Delivery | None:
        """The withdrawal that is still to come."""
        waiting = [one for one in self.deliveries[1:] if one.state == DeliveryState.QUEUED]
        return waiting[0] if waiting else None


@dataclass(frozen=True)
class Facts:
    """What the read view shows. pause: why no call is made now, if so."""

    setting: ProviderSetting
    template_code: str | None
    template_delivery: Delivery | None
    template_problem: str
    used: int
    limit: int | None
    pause: AppHealth | None
    url_prefix: str
    sample: SampleView | None

    @property
    def is_configured(self) -> bool:
        return bool(self.setting.app_key)

    @property
    def pause_ends(self) -> datetime | None:
        """When calls go on by themselves; None for a pause that waits for somebody."""
        until = self.pause.paused_until if self.pause else None
        return until if until and until.year < 9999 else None

    @property
    def is_moving(self) -> bool:
        """Whether something on the card is about to change by itself."""
        unfinished = {DeliveryState.QUEUED, DeliveryState.SENDING}
        is_preparing = bool(
            self.setting.is_enabled
            and self.template_delivery
            and self.template_delivery.state in unfinished
        )
        return is_preparing or bool(self.sample and self.sample.is_live)


class ProviderPages:
    """The pages of one provider: its blueprint, and its card."""

    def __init__(
        self,
        adapter: type[ApprovalProvider],
        make: ProviderFactory,
        form: type[AppForm],
        words: ProviderWords,
    ) -> None:
        # Not by the list of providers: that one imports these very packages.
        self.name, self._finds_by, self._make = adapter.name, adapter.finds_by, make
        self._form_class, self._words = form, words
        self.blueprint = Blueprint(
            self.name, __name__, url_prefix=f"/settings/integrations/{self.name}"
        )
        for path, view in {
            "": self.save,
            "/test": self.test,
            "/send-sample": self.send_sample,
            "/withdraw-sample": self.withdraw_sample,
        }.items():
            self.blueprint.add_url_rule(
                path, view.__name__, admin_required(view), methods=["POST"]
            )
        self.card = IntegrationCard(
            name=self.name,
            template="settings/provider_card.html",
            form=self._form,
            facts=self._facts,
            words=words,
        )

    def save(self):
        """Keep the app, switch it on or off."""
        form = self._form(is_posted=True)
        if form.validate():
            try:
                result = integrations.save_provider(
                    self.name,
                    enabled=form.enabled.data,
                    app_key=form.key.data,
                    secret=form.app_secret.data,
                    originator=integrations.originator_named(form.originator.data),
                    actor=_me(),
                    words=self._words.app,
                )
                db.session.commit()
                return saved(_page(), self._summary(form.enabled.data, result))
            except RuleError as error:
                form.add_error(error)
        return integration_cards.render(self.name, form), 422

    def test(self):
        """Try the values typed, permission by permission; nothing is saved but the result."""
        form = self._form(is_posted=True)
        contact = form.contact() if form.validate() else None
        if contact is None:
            return integration_cards.render(self.name, form), 422
        try:
            used = integrations.credentials(
                self.name, form.key.data, form.app_secret.data, self._words.app
            )
        except RuleError as error:
            form.add_error(error)
            return integration_cards.render(self.name, form), 422
        if not presses.allow(current_user):
            form.add_error(RuleError(_("测试过于频繁：每分钟最多 10 次，请稍后再试。")))
            return integration_cards.render(self.name, form), 429
        setting = settings.provider_setting(self.name)
        is_stored = setting.app_key == used.app_key
        template_code = settings.template_code(setting) if is_stored else None
        db.session.commit()  # no transaction stays open while the platform is asked
        found = self._ask(used, Probe(contact=contact, template_code=template_code))
        checks = [*found, integrations.address_check()]
        integrations.store_checks(self.name, used, checks, _me())
        db.session.commit()
        return integration_cards.render(self.name, form, checks)

    def send_sample(self):
        """发送一张真实审批给我: a delivery like any other."""
        return self._act(
            lambda: samples.send(self.name, _me(), self._finds_by),
            _(
                "正在把一张测试审批发送到你的%(title)s，10 分钟后自动撤回。",
                title=self._words.title,
            ),
        )

    def withdraw_sample(self):
        """Withdraw the sample before its time."""
        return self._act(lambda: samples.withdraw(self.name, _me()), _("正在撤回测试审批。"))

    def _act(self, work, message: str):
        try:
            if not presses.allow(current_user):
                raise RuleError(_("操作过于频繁：每分钟最多 10 次，请稍后再试。"))
            work()
            db.session.commit()
        except RuleError as error:
            db.session.rollback()
            flash(error.message, "error")
            return redirect(_page())  # its top, where the sentence stands
        return saved(_page(f"{self.name}-sample"), message)

    def _form(self, is_posted: bool = False) -> AppForm:
        return self._form_class.of(settings.provider_setting(self.name), is_posted)

    def _facts(self) -> Facts:
        setting = settings.provider_setting(self.name)
        used, limit = budget.month_use(self.name)
        is_paused = app_health.is_paused(self.name, setting.app_key)
        sample = samples.latest(self.name)
        return Facts(
            setting=setting,
            template_code=settings.template_code(setting),
            template_delivery=templates.latest(setting),
            template_problem=templates.obstacle(setting),
            used=used,
            limit=limit,
            pause=app_health.state(self.name, setting.app_key) if is_paused else None,
            url_prefix=settings.url_prefix(),
            sample=SampleView(sample, samples.deliveries_of(sample)) if sample else None,
        )

    def _ask(self, used: AppCredentials, probe: Probe) -> list[Check]:
        adapter = self._make(used, TEST_SECONDS, budget.counter(self.name))
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

    def _summary(self, enabled: bool, result: integrations.Saved) -> str:
        title = self._words.title
        if not enabled:
            return _("已保存，%(title)s审批处于关闭状态。", title=title)
        parts = [_("已保存，%(title)s审批已启用。", title=title)]
        if result.opened:
            parts.append(_("正在为 %(n)s 个等待中的步骤发起审批。", n=result.opened))
        if result.broken:
            parts.append(
                _("旧应用中有 %(n)s 条审批不再跟踪，请在工单页重新发送。", n=result.broken)
            )
        return "".join(parts)


def _me() -> Member:
    return current_user._get_current_object()


def _page(anchor: str | None = None) -> str:
    return url_for("settings.integrations", _anchor=anchor)
