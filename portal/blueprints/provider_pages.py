"""An approval provider's card on the 流程对接 page: save, test, and a sample to oneself."""

from __future__ import annotations

from dataclasses import dataclass

from flask import flash, redirect
from flask_babel import gettext as _
from flask_login import current_user

from portal.blueprints.answers import saved
from portal.blueprints.app_form import AppForm
from portal.blueprints.card_pages import TEST_SECONDS, CardFacts, CardPages, Trial, me, page_url
from portal.domain import (
    app_credentials,
    budget,
    integrations,
    presses,
    samples,
    settings,
    templates,
)
from portal.domain.app_credentials import AppWords
from portal.domain.errors import RuleError
from portal.domain.provider import (
    ApprovalProvider,
    Check,
    Probe,
    ProviderFactory,
)
from portal.extensions import db
from portal.models import (
    Approval,
    ApprovalState,
    Delivery,
    DeliveryState,
)


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
class Facts(CardFacts):
    """What the read view shows."""

    template_code: str | None
    template_delivery: Delivery | None
    template_problem: str
    used: int
    limit: int | None
    url_prefix: str
    sample: SampleView | None

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


class ProviderPages(CardPages):
    """The pages of one provider: its blueprint, and its card."""

    def __init__(
        self,
        adapter: type[ApprovalProvider],
        make: ProviderFactory,
        form: type[AppForm],
        words: ProviderWords,
    ) -> None:
        # Not by the list of providers: that one imports these very packages.
        self._finds_by, self._make = adapter.finds_by, make
        self._form_class, self._words = form, words
        views = {"/send-sample": self.send_sample, "/withdraw-sample": self.withdraw_sample}
        super().__init__(adapter.name, "settings/provider_card.html", words, views)

    def _keep(self, form: AppForm) -> str:
        result = integrations.save_provider(
            self.name,
            enabled=form.enabled.data,
            app_key=form.key.data,
            secret=form.app_secret.data,
            originator=integrations.originator_named(form.originator.data),
            actor=me(),
            words=self._words.app,
        )
        return self._summary(form.enabled.data, result)

    def _trial(self, form: AppForm) -> Trial | None:
        contact = form.contact()
        if contact is None:
            return None
        used = app_credentials.credentials(
            self.name, form.key.data, form.app_secret.data, self._words.app
        )
        setting = self._setting()
        is_stored = setting.app_key == used.app_key
        template_code = settings.template_code(setting) if is_stored else None
        probe = Probe(contact=contact, template_code=template_code)
        adapter = self._make(used, TEST_SECONDS, budget.counter(self.name))
        return Trial(used, lambda: adapter.check(probe))

    def _own_checks(self) -> list[Check]:
        return [integrations.address_check()]

    def send_sample(self):
        """发送一张真实审批给我: a delivery like any other."""
        return self._act(
            lambda: samples.send(self.name, me(), self._finds_by),
            _(
                "正在把一张测试审批发送到你的%(title)s，10 分钟后自动撤回。",
                title=self._words.title,
            ),
        )

    def withdraw_sample(self):
        """Withdraw the sample before its time."""
        return self._act(lambda: samples.withdraw(self.name, me()), _("正在撤回测试审批。"))

    def _act(self, work, message: str):
        try:
            if not presses.allow(current_user):
                raise RuleError(_("操作过于频繁：每分钟最多 10 次，请稍后再试。"))
            work()
            db.session.commit()
        except RuleError as error:
            db.session.rollback()
            flash(error.message, "error")
            return redirect(page_url())  # its top, where the sentence stands
        return saved(page_url(f"{self.name}-sample"), message)

    def _form(self, is_posted: bool = False) -> AppForm:
        return self._form_class.of(self._setting(), is_posted)

    def _facts(self) -> Facts:
        setting = self._setting()
        used, limit = budget.month_use(self.name)
        sample = samples.latest(self.name)
        return Facts(
            setting=setting,
            pause=self._pause(setting),
            template_code=settings.template_code(setting),
            template_delivery=templates.latest(setting),
            template_problem=templates.obstacle(setting),
            used=used,
            limit=limit,
            url_prefix=settings.url_prefix(),
            sample=SampleView(sample, samples.deliveries_of(sample)) if sample else None,
        )

    def _summary(self, enabled: bool, result: integrations.Saved) -> str:
        title = self._words.title
        if not enabled:
            return _("已保存，%(title)s审批处于关闭状态。", title=title)
        parts = [_("已保存，%(title)s审批已启用。", title=title)]
        if result.opened:
            parts.append(_("正在为 %(n)s 个等待中的步骤发起审批。", n=result.opened))
        if result.broken:
            parts.append(
                _(
                    "旧应用中有 %(n)s 条审批，换回该应用前不再跟踪，可在工单页重新发送。",
                    n=result.broken,
                )
            )
        if result.unended:
            parts.append(
                _(
                    "旧应用中有 %(n)s 条审批没有来得及结束，换回该应用后会自动结束。",
                    n=result.unended,
                )
            )
        if result.followed:
            parts.append(_("该应用中原有的 %(n)s 条审批继续跟踪。", n=result.followed))
        return "".join(parts)
