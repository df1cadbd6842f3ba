"""What every page shares: strict templates, dates in people's zone, error pages, read-only GETs."""

from __future__ import annotations

import logging
from datetime import datetime

from flask import (
    Flask,
    before_render_template,
    current_app,
    has_request_context,
    render_template,
    request,
)
from flask_babel import gettext as _
from jinja2 import StrictUndefined
from sqlalchemy.exc import IntegrityError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.orm.exc import StaleDataError
from werkzeug.exceptions import HTTPException

from portal.extensions import db
from portal.kit import clock, texts
from portal.kit.headers import SAFE_METHODS
from portal.kit.logs import request_id

log = logging.getLogger(__name__)
PAGES = (400, 403, 404, 405, 409, 413, 429, 500, 503)


def init_app(app: Flask) -> None:
    """Join all of it to the app."""
    app.jinja_env.undefined = StrictUndefined
    app.jinja_env.trim_blocks = True
    app.jinja_env.lstrip_blocks = True
    app.jinja_env.filters["datetime"] = shown_time
    app.jinja_env.filters["clock"] = lambda value: shown_time(value).rpartition(" ")[2]
    app.jinja_env.filters["percent"] = texts.percent
    app.jinja_env.filters["score"] = texts.score
    app.before_request(_read_only_unless_posted)
    before_render_template.connect(_only_read_from_here, app)
    app.register_error_handler(HTTPException, _http_error)
    app.register_error_handler(OperationalError, _database_error)
    app.register_error_handler(PoolTimeout, _database_error)
    app.register_error_handler(IntegrityError, _lost_race)
    app.register_error_handler(StaleDataError, _lost_race)
    app.register_error_handler(Exception, _unexpected_error)


def shown_time(value: datetime | None) -> str:
    """2026-11-23 16:05:09 in PORTAL_TIMEZONE; a dash for none."""
    if value is None:
        return "-"
    return clock.local(value, current_app.config["TIMEZONE"]).strftime("%Y-%m-%d %H:%M:%S")


def _read_only_unless_posted() -> None:
    if request.method in SAFE_METHODS:
        db.session().read_only()


def _only_read_from_here(_app: Flask, **_facts) -> None:
    """A page drawn after a post (a refused form, say) must not hold the one writer's place."""
    if has_request_context() and request.method not in SAFE_METHODS:
        db.session.rollback()
        db.session().read_only()


def _http_error(error: HTTPException):
    if error.code is None or error.code < 400:
        return error
    db.session.rollback()
    kept = {name: value for name, value in error.get_headers() if name in {"Allow", "Retry-After"}}
    return _page(error.code), error.code, kept


def _database_error(error: Exception):
    db.session.rollback()
    log.error("the database did not take part: %s", type(error).__name__)
    return _page(503), 503, {"Retry-After": "5"}


def _lost_race(error: Exception):
    """Two posts at once, of which the database let one through: nothing of the other is kept."""
    db.session.rollback()
    log.exception("a lost race: %s", type(error).__name__)
    return _page(409), 409


def _unexpected_error(error: Exception):
    db.session.rollback()
    log.exception("unexpected: %s", type(error).__name__)
    return _page(500), 500


def _page(code: int) -> str:
    shown = code if code in PAGES else 400 if code < 500 else 500
    return render_template(
        "errors/error.html", code=code, text=_texts()[shown], reference=request_id()
    )


def _texts() -> dict[int, tuple[str, str]]:
    """Code → what happened, and what to do."""
    return {
        400: (_("请求有误"), _("页面可能已过期。请返回上一页，刷新后重试。")),
        403: (_("没有权限"), _("你的账号不能查看或操作这里。需要权限时请联系项目管理员。")),
        404: (_("页面不存在"), _("地址有误，内容已被删除，或者你不是该项目的成员。")),
        405: (_("不支持的操作"), _("该地址不能这样访问。请从页面上的按钮进入。")),
        409: (
            _("刚刚有人做了同样的操作"),
            _("这一次没有保存。请返回上一页，刷新后查看结果，需要时再提交。"),
        ),
        413: (_("提交的内容过大"), _("SQL 最多 2 MB。请拆分成多个工单后再提交。")),
        429: (_("尝试过于频繁"), _("请 15 分钟后再试。")),
        500: (_("系统出错了"), _("请把下面的编号告诉管理员，以便在日志中查找原因。")),
        503: (
            _("服务暂时不可用"),
            _("数据库正忙或暂时无法连接。请稍后重试，返回上一页可找回已填的内容。"),
        ),
    }
