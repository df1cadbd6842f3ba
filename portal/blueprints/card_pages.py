"""A card on the 流程对接 page whose values are saved and tested: what all of them share."""

from __future__ import annotations

import logging
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from flask import Blueprint, url_for
from flask_babel import gettext as _
from flask_login import current_user

from portal.blueprints import integration_cards
from portal.blueprints.access import admin_required
from portal.blueprints.answers import saved
from portal.blueprints.forms import PortalForm
from portal.blueprints.integration_cards import IntegrationCard
from portal.domain import app_credentials, app_health, presses, settings
from portal.domain.errors import RuleError
from portal.domain.provider import AppCredentials, Check, CheckResult, ProviderError
from portal.extensions import db
from portal.models import AppHealth, Member, ProviderSetting

TEST_SECONDS = 15.0

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class CardFacts:
    """What the read view shows. pause: why no call is made now, if so."""

    setting: ProviderSetting
    pause: AppHealth | None

    @property
    def is_configured(self) -> bool:
        return bool(self.setting.app_key)

    @property
    def pause_ends(self) -> datetime | None:
        """When calls go on by themselves; None for a pause that waits for somebody."""
        until = self.pause.paused_until if self.pause else None
        return until if until and until.year < 9999 else None


@dataclass(frozen=True)
class Trial:
    """A press of 测试联通性: the values it is about, and the look itself."""

    used: AppCredentials
    look: Callable[[], list[Check]]


class CardPages(ABC):
    """The pages of one card: its blueprint, and the card. views: more posts, by path."""

    def __init__(
        self, name: str, template: str, words: object, views: dict[str, Callable] | None = None
    ) -> None:
        self.name = name
        self.blueprint = Blueprint(name, __name__, url_prefix=f"/settings/integrations/{name}")
        for path, view in ({"": self.save, "/test": self.test} | (views or {})).items():
            self.blueprint.add_url_rule(
                path, view.__name__, admin_required(view), methods=["POST"]
            )
        self.card = IntegrationCard(
            name=name, template=template, form=self._form, facts=self._facts, words=words
        )

    @abstractmethod
    def _form(self, is_posted: bool = False) -> PortalForm:
        """Filled from the saved values, or from what this request sends."""

    @abstractmethod
    def _facts(self) -> object:
        """What the read view shows."""

    @abstractmethod
    def _keep(self, form) -> str:
        """Save the valid form; answers what to say. Raises RuleError. Does not commit."""

    @abstractmethod
    def _trial(self, form) -> Trial | None:
        """What the valid form asks to be tested. None, with an error in the form, or RuleError."""

    def _own_checks(self) -> list[Check]:
        """Lines about ourselves, below the platform's."""
        return []

    def save(self):
        """Keep what was typed, switch it on or off."""
        form = self._form(is_posted=True)
        if form.validate():
            try:
                message = self._keep(form)
                db.session.commit()
                return saved(page_url(), message)
            except RuleError as error:
                form.add_error(error)
        return integration_cards.render(self.name, form), 422

    def test(self):
        """Try the values typed, line by line; nothing is saved but the result."""
        form = self._form(is_posted=True)
        trial = None
        if form.validate():
            try:
                trial = self._trial(form)
            except RuleError as error:
                form.add_error(error)
        if trial is None:
            return integration_cards.render(self.name, form), 422
        if not presses.allow(current_user):
            form.add_error(RuleError(_("测试过于频繁：每分钟最多 10 次，请稍后再试。")))
            return integration_cards.render(self.name, form), 429
        db.session.commit()  # no transaction stays open while the platform is asked
        checks = [*_found(trial), *self._own_checks()]
        app_credentials.store_checks(self.name, trial.used, checks, me())
        db.session.commit()
        return integration_cards.render(self.name, form, checks)

    def _pause(self, setting: ProviderSetting) -> AppHealth | None:
        if not app_health.is_paused(self.name, setting.app_key):
            return None
        return app_health.state(self.name, setting.app_key)

    def _setting(self) -> ProviderSetting:
        return settings.provider_setting(self.name)


def me() -> Member:
    """The admin at the page."""
    return current_user._get_current_object()


def page_url(anchor: str | None = None) -> str:
    """The page that all cards stand on."""
    return url_for("settings.integrations", _anchor=anchor)


def _found(trial: Trial) -> list[Check]:
    try:
        return trial.look()
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
