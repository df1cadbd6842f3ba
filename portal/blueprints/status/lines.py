"""What the page says of the clocks, the runs of SQL and the database."""

from __future__ import annotations

from datetime import datetime
from functools import cache

from alembic.script import ScriptDirectory
from flask import current_app, url_for
from flask_babel import gettext as _

from portal.blueprints.status.words import (
    FAIL,
    OK,
    WARN,
    Line,
    Section,
    ago,
    judged,
    seconds_since,
    shown,
    size,
    span,
)
from portal.domain import attendance, database_facts, restored, run_counts
from portal.domain.vitals import Tick
from portal.models import RunState

# A queued run begins within a tick; after this long nobody is there to begin it.
QUEUED_SECONDS = 60


def clocks(now: datetime, ticks: dict[str, Tick]) -> Section:
    """Whether anybody delivers and asks at all."""
    send, ask = (current_app.config[name] for name in ("DELIVER_SECONDS", "SWEEP_SECONDS"))
    lines = [
        _clock("deliver", _("发送对接"), ticks.get("deliver"), now, (max(15, 5 * send), 60)),
        _clock("sweep", _("同步审批结果"), ticks.get("sweep"), now, (60 + 2 * ask, 300 + 5 * ask)),
    ]
    others = attendance.elsewhere()
    if others and database_facts.read().is_sqlite:
        text = _("%(host)s 也在使用这个 SQLite 数据库", host=others[0].host)
        cure = _(
            "SQLite 只能由一台主机使用，否则数据会损坏。"
            "请立即停止其中一台，或改用 PostgreSQL、MySQL。"
        )
        lines.append(Line("machines", FAIL, _("主机"), text, cure))
    return Section(_("后台任务"), lines)


def _clock(
    name: str, title: str, tick: Tick | None, now: datetime, limits: tuple[float, float]
) -> Line:
    seconds = seconds_since(tick and tick.at, now)
    result = judged(seconds, *limits)
    text = _("上一次：%(ago)s", ago=ago(seconds))
    if tick is not None:
        text += _("，主机 %(host)s", host=tick.host)
    cure = _(
        "没有进程在工作。请确认 python wsgi.py 或 flask --app wsgi jobs 正在运行，并查看它的日志。"
    )
    return Line(name, result, title, text, cure if result != OK else "")


def running(now: datetime) -> Section:
    """Runs of SQL."""
    found = run_counts.runs()
    queued, since = found.get(RunState.QUEUED, (0, None))
    under_way, _since = found.get(RunState.RUNNING, (0, None))
    orphaned, _since = found.get(RunState.ORPHANED, (0, None))
    lines = [_under_way(queued, since, under_way, now)]
    if orphaned:
        text = _("%(n)d 次上线的进程已中断，正在向数据源核实", n=orphaned)
        cure = _("不会重新执行。超过 10 分钟没有结果时，请打开“正在上线”的工单查看原因。")
        lines.append(Line("orphans", WARN, _("中断的上线"), text, cure))
    unsettled = run_counts.unsettled()
    if unsettled:
        first = unsettled[0]
        text = _("%(n)d 张工单有结果未知的语句", n=len(unsettled))
        cure = _("请处理人在数据源上核对，并在工单页面登记核对结果。")
        url = url_for("tickets.detail", name=first.project.name, number=first.number)
        link = f"{first.project.title} #{first.number}"
        lines.append(Line("unknown", WARN, _("结果未知"), text, cure, url, link))
    return Section(_("上线"), lines)


def _under_way(queued: int, since: datetime | None, under_way: int, now: datetime) -> Line:
    text = _("正在执行 %(n)d 个，排队 %(m)d 个", n=under_way, m=queued)
    waited = seconds_since(since, now) if queued else 0
    if waited <= QUEUED_SECONDS:
        return Line("runs", OK, _("正在上线"), text)
    text += _("，已等待 %(span)s", span=span(waited))
    cure = _(
        "每个进程同时执行 4 个工单，其余排队；30 分钟没有开始的会恢复为待上线。"
        "需要时多启动一个 jobs 进程。"
    )
    return Line("runs", WARN, _("正在上线"), text, cure)


def database() -> Section:
    """Its kind, its size, and whether its schema is this version's."""
    facts = database_facts.read()
    lines = [Line("database", OK, facts.title, size(facts.size))]
    wanted = _head(current_app.extensions["migrate"].directory)
    if facts.revision == wanted:
        lines.append(Line("schema", OK, _("表结构版本"), facts.revision))
    else:
        text = _("数据库是 %(have)s，程序需要 %(want)s", have=facts.revision, want=wanted)
        cure = _("请运行 flask --app wsgi db upgrade，并让所有节点运行同一个版本。")
        lines.append(Line("schema", FAIL, _("表结构版本"), text, cure))
    restoration = restored.last()
    if restoration is not None:
        text = _(
            "于 %(at)s 从 %(backup)s 的备份恢复；之前创建的工单只能在工单页面上线",
            at=shown(restoration.at),
            backup=shown(restoration.backup_at),
        )
        lines.append(Line("restored", OK, _("恢复"), text))
    return Section(_("数据库"), lines)


@cache
def _head(directory: str) -> str:
    """The newest revision that this program knows."""
    return ScriptDirectory(directory).get_current_head()
