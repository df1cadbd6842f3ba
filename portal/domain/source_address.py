"""Where a data source may point to (DESIGN §7)."""

from __future__ import annotations

from pathlib import Path

from flask import current_app
from flask_babel import gettext as _

from portal.domain.errors import RuleError
from portal.kit.hosts import HostKind, kind_of


def sqlite_path(text: str) -> Path:
    """The absolute path of a SQLite data source, which need not exist.

    Raises RuleError on database for anything outside of PORTAL_SQLITE_DIR, symbolic links
    followed.
    """
    folder = _folder()
    refused = RuleError(
        _("请填写数据源目录（PORTAL_SQLITE_DIR）中的文件名，例如 demo.db。"), "database"
    )
    if not text or "\x00" in text or "\\" in text or text.startswith("file:"):
        raise refused
    try:
        path = (folder / text).resolve()
        is_file = not path.exists() or path.is_file()
    except (OSError, RuntimeError):  # too long, or links in a circle
        raise refused from None
    if path == folder or not path.is_relative_to(folder) or not is_file:
        raise refused
    return path


def sqlite_file(text: str) -> str:
    """The same, relative to PORTAL_SQLITE_DIR: as it is kept. Raises RuleError on database."""
    return str(sqlite_path(text).relative_to(_folder()))


def check_host(host: str) -> None:
    """Raises RuleError on host for what is no host, or one that no data source may have."""
    if not host:
        raise RuleError(_("请填写主机。"), "host")
    kind = kind_of(host)
    if kind is HostKind.INVALID:
        raise RuleError(_("请填写域名或 IP 地址，不带 http:// 和端口。"), "host")
    loops = kind is HostKind.LOOPBACK and not current_app.config["ALLOW_LOOPBACK"]
    if loops or kind is HostKind.FORBIDDEN:
        raise RuleError(
            _("不允许连接 %(host)s：本机、链路本地和云元数据地址不能作为数据源。", host=host),
            "host",
        )


def _folder() -> Path:
    return Path(current_app.config["SQLITE_DIR"]).resolve()
