"""Testing an app's permissions one by one, by calls that change nothing over there."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from flask_babel import gettext as _

from portal.kit.errors import Kind, ProviderError
from portal.kit.http import NEVER_SENT, Deadline

TEST_SECONDS = 14.0  # the person at the button waits for at most 15
EXCHANGE_SECONDS = 4.0
NOT_REACHED = NEVER_SENT | {"timeout", "reset", "redirect", "too_large", "unreadable"}
"""Codes of a ProviderError that say: whoever answered, it was not the platform."""

Explain = Callable[[ProviderError], tuple[str, str]]


@dataclass(frozen=True)
class Finding:
    """What a call told about a permission; is_granted is None when it could not be told.

    detail  by what it was established, or why it could not be; empty with an error
    error   the refusal
    """

    is_granted: bool | None
    detail: str = ""
    error: ProviderError | None = None


@dataclass(frozen=True)
class Prober:
    """How one platform refuses. title: as people read its name."""

    title: str
    explain: Explain
    no_such_path: frozenset[str]

    def by_call(self, call: Callable[[], object], fine: str, nobody: str = "") -> Finding:
        """A call that must be answered. nobody: what to say where the person is not there."""
        try:
            call()
        except ProviderError as error:
            if nobody and error.kind is Kind.NOT_FOUND:
                return Finding(True, nobody)
            return self.doubt(error)
        return Finding(True, fine)

    def by_refusal(self, call: Callable[[], object], tried: str, fine: str = "") -> Finding:
        """A call that must be refused: platforms look at permissions before what is asked for.

        fine: what to say where an answer would be as good a sign as a refusal.
        """
        try:
            call()
        except ProviderError as error:
            is_about_what = error.kind in {Kind.REFUSED, Kind.NOT_FOUND}
            if not is_about_what or error.code in self.no_such_path:
                return self.doubt(error)
            detail = _(
                "试着%(tried)s，%(title)s以 %(code)s 拒绝而没有提示缺少权限，说明权限已开通；"
                "未留下任何数据",
                tried=tried,
                title=self.title,
                code=error.code,
            )
            return Finding(True, detail)
        if fine:
            return Finding(True, fine)
        why = _("试着%(tried)s，%(title)s却没有拒绝，无法确认", tried=tried, title=self.title)
        return Finding(None, why)

    def doubt(self, error: ProviderError) -> Finding:
        """A refusal for good says no; one that may end otherwise next time says nothing."""
        is_passing = error.kind in {Kind.RETRY, Kind.UNKNOWN_OUTCOME}
        if not is_passing and error.code not in self.no_such_path:
            return Finding(False, error=error)
        why = _("无法确认：%(why)s（%(code)s）", why=self.explain(error)[0], code=error.code)
        return Finding(None, why, error)


def hurry(seconds_left: float, timeout: float) -> tuple[Deadline, float]:
    """The deadline and the timeout of a test: somebody stands at the button and waits."""
    return Deadline(min(seconds_left, TEST_SECONDS)), min(timeout, EXCHANGE_SECONDS)
