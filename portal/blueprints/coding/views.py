"""CODING's card on the 流程对接 page."""

from __future__ import annotations

from dataclasses import dataclass

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from portal.blueprints.card_pages import TEST_SECONDS, CardFacts, CardPages, Trial, me
from portal.blueprints.coding.forms import CodingForm
from portal.blueprints.coding.issues import CodingIssues, make
from portal.domain import tracker_settings


@dataclass(frozen=True)
class CodingWords:
    """How the card speaks of CODING; texts may be lazy."""

    title: str = CodingIssues.title
    subtitle: str = _l("SQL管控中的问题SQL")
    hosts: str = _l("CODING 服务地址")


class CodingPages(CardPages):
    """Saving, testing and showing CODING's address and token."""

    def __init__(self) -> None:
        super().__init__(CodingIssues.name, "coding/card.html", CodingWords())

    def _form(self, is_posted: bool = False) -> CodingForm:
        return CodingForm.of(self._setting(), is_posted)

    def _facts(self) -> CardFacts:
        setting = self._setting()
        return CardFacts(setting=setting, pause=self._pause(setting))

    def _keep(self, form: CodingForm) -> str:
        enabled = form.enabled.data
        given_up = tracker_settings.save(
            self.name, enabled, form.service_url.data, form.token.data, me()
        )
        said = _("已保存，CODING 对接处于关闭状态。")
        parts = [_("已保存，CODING 对接已启用。") if enabled else said]
        if given_up:
            parts.append(
                _("旧地址有 %(n)s 条等待中的推送已放弃，请在“SQL管控”中重新推送。", n=given_up)
            )
        return "".join(parts)

    def _trial(self, form: CodingForm) -> Trial:
        project = form.project()
        used = tracker_settings.credentials(
            self.name, form.service_url.data, form.token.data
        )
        adapter = make(used, TEST_SECONDS)
        return Trial(used, lambda: adapter.check(project))


PAGES = CodingPages()
