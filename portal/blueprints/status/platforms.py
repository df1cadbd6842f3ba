"""What the page says of the outbox and of each platform."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from flask import current_app, url_for
from flask_babel import gettext as _

from portal.blueprints import wording
from portal.blueprints.status.words import (
    FAIL,
    OK,
    WARN,
    Line,
    Section,
    seconds_since,
    shown,
    span,
)
from portal.domain import app_health, budget, vitals
from portal.domain.vitals import App, Waiting
from portal.models import DeliveryState

# Retries and settling take minutes; what waits longer than this wants somebody to look.
WAIT_SECONDS = 300
NEARLY_ALL = 0.9


def outbox(now: datetime, rows: Sequence[Waiting]) -> Section:
    """What waits, and what failed."""
    waiting = [one for one in rows if one.state != DeliveryState.FAILED]
    return Section(_("对接"), [_waiting(now, waiting), _failed(rows)])


def _waiting(now: datetime, rows: Sequence[Waiting]) -> Line:
    count, troubled = sum(one.count for one in rows), sum(one.troubled for one in rows)
    waited = max((seconds_since(one.since, now) for one in rows if one.since), default=0)
    title = _("等待发送")
    if not count:
        return Line("queue", OK, title, _("没有"))
    text = _("%(n)d 条", n=count)
    if waited >= 1:
        text += _("，最早的一条已等待 %(span)s", span=span(waited))
    if troubled:
        text += _("，其中 %(n)d 条发送过但没有成功", n=troubled)
    if waited <= WAIT_SECONDS:
        return Line("queue", OK, title, text)
    cure = _("会自动重试。请看下面各平台是否暂停或停用，以及对接记录中平台的回答。")
    url = url_for("deliveries.index", state=DeliveryState.QUEUED)
    return Line("queue", WARN, title, text, cure, url, _("查看等待发送的对接"))


def _failed(rows: Sequence[Waiting]) -> Line:
    failed = [one for one in rows if one.state == DeliveryState.FAILED]
    news, count = sum(one.news for one in failed), sum(one.count for one in failed)
    title = _("失败的对接")
    url = url_for("deliveries.index", state=DeliveryState.FAILED) if count else ""
    link = _("查看失败的对接") if count else ""
    text = _("最近 7 天没有需要处理的失败")
    if not news:
        return Line("failed", OK, title, text, "", url, link)
    text = _("最近 7 天 %(n)d 条失败，不会自动重试", n=news)
    cure = _("请按对接记录中的处理办法改正，然后点击重试。")
    return Line("failed", WARN, title, text, cure, url, link)


def each(now: datetime) -> list[Section]:
    """A section a platform that is in use."""
    used, due = vitals.calls(), vitals.polls() | vitals.looks()
    sections = []
    for app in vitals.apps(now):
        if app.is_enabled:
            lines = [_app(app), _calls(app, used.get(app.provider, 0))]
            lines.append(_sweep(app, seconds_since(due.get(app.provider, now), now)))
        else:
            lines = [Line(app.provider, OK, _("接口调用"), _("没有启用"))]
        sections.append(Section(wording.platform_title(app.provider), lines))
    return sections


def _app(app: App) -> Line:
    if app.until is None:
        return Line(app.provider, OK, _("接口调用"), _("正常"))
    why, cure = {
        "quota": (_("本月的调用次数已用完"), _("下月 1 日自动恢复；也可以在开放平台购买扩容。")),
        "credentials": (_("应用密钥不正确"), _("请在流程对接中填写正确的密钥并提交。")),
        "throttle": (_("平台要求降低调用频率"), _("不需要处理，到时间后自动继续。")),
        "transport": (
            _("连续无法连接"),
            _("请检查本机到平台的网络；恢复后自动继续。"),
        ),
    }.get(app.reason, (_("原因见平台的回答"), _("请在流程对接中点击“测试联通性”。")))
    text = _("已暂停：%(why)s", why=why)
    if app.until < app_health.FOR_EVER:
        text += _("，下次调用不早于 %(at)s", at=shown(app.until))
    said = _("平台的回答：%(message)s", message=app.message) if app.message else ""
    result = WARN if app.reason == "throttle" else FAIL
    url = url_for("settings.integrations")
    return Line(app.provider, result, _("接口调用"), text, cure, url, _("流程对接"), said)


def _calls(app: App, used: int) -> Line:
    name, title, limit = f"{app.provider}-calls", _("本月调用"), budget.limit_of(app.provider)
    if limit is None:
        return Line(name, OK, title, _("%(n)d 次", n=used))
    text = _("%(n)d / %(limit)d 次", n=used, limit=limit)
    if used < limit * NEARLY_ALL:
        return Line(name, OK, title, text)
    cure = _("同步会自动放慢，以留出发送审批的次数。需要时请在开放平台购买扩容。")
    return Line(name, WARN, title, text, cure)


def _sweep(app: App, lag: float) -> Line:
    name, title = f"{app.provider}-sweep", _("结果同步")
    if lag <= 60 + 2 * current_app.config["SWEEP_SECONDS"]:
        return Line(name, OK, title, _("及时"))
    text = _("比预定晚 %(span)s", span=span(lag))
    cure = _("平台暂停、本月调用次数紧张或没有进程在工作时会这样；在平台上的审批结果会晚些到达。")
    return Line(name, WARN, title, text, cure)
