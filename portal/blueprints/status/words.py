"""Spans of time and sizes as people say them, and one line of the page."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from flask import current_app
from flask_babel import gettext as _

from portal.kit.clock import local

OK, WARN, FAIL = "ok", "warn", "fail"


@dataclass(frozen=True)
class Line:
    """One thing that is well, or is not. text: how it stands. cure: what to do about it.

    url, link: where to look, and what the link says. said: the platform's own words.
    """

    name: str
    result: str
    title: str
    text: str
    cure: str = ""
    url: str = ""
    link: str = ""
    said: str = ""


@dataclass(frozen=True)
class Section:
    """Lines that belong together."""

    title: str
    lines: list[Line]


def seconds_since(moment: datetime | None, now: datetime) -> float:
    """Endless where it never was."""
    return float("inf") if moment is None else max(0.0, (now - moment).total_seconds())


def span(seconds: float) -> str:
    """「3 分钟」: the largest unit alone."""
    if seconds < 60:
        return _("%(n)d 秒", n=seconds)
    if seconds < 3600:
        return _("%(n)d 分钟", n=seconds // 60)
    if seconds < 86400:
        return _("%(n)d 小时", n=seconds // 3600)
    return _("%(n)d 天", n=seconds // 86400)


def ago(seconds: float) -> str:
    """「3 分钟前」."""
    if seconds == float("inf"):
        return _("从来没有")
    return _("刚刚") if seconds < 1 else _("%(span)s前", span=span(seconds))


def shown(moment: datetime) -> str:
    """To the minute, in PORTAL_TIMEZONE."""
    return local(moment, current_app.config["TIMEZONE"]).strftime("%Y-%m-%d %H:%M")


def judged(seconds: float, warn: float, fail: float) -> str:
    """By how long it has been."""
    return FAIL if seconds > fail else WARN if seconds > warn else OK


def size(count: int) -> str:
    """「12.3 MB」."""
    value = float(count)
    for unit in ("B", "kB", "MB"):
        if value < 1000:
            return f"{value:.3g} {unit}"
        value /= 1000
    return f"{value:.1f} GB"
