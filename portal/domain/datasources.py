"""A project's data sources: kept here, connected to nowhere yet."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path

from flask import current_app
from flask_babel import gettext as _
from sqlalchemy.exc import IntegrityError

from portal.domain import records
from portal.domain.errors import RuleError
from portal.domain.records import Action
from portal.extensions import db
from portal.kit.databases import Target
from portal.kit.hosts import HostKind, kind_of
from portal.models import DataSource, DbType, Member, Project

DEFAULT_PORTS = {DbType.MYSQL: 3306, DbType.POSTGRESQL: 5432}


@dataclass(frozen=True)
class SourceDraft:
    """What the form holds. password: empty keeps the stored one; db_type: a DbType's value."""

    name: str
    db_type: str
    host: str = ""
    port: int | None = None
    username: str = ""
    password: str = ""
    database: str = ""


def of(project: Project) -> list[DataSource]:
    """The project's data sources by name."""
    query = db.select(DataSource).filter_by(project_id=project.id).order_by(DataSource.name)
    return list(db.session.scalars(query))


def find(project: Project, id: int) -> DataSource | None:
    """The project's data source with this id."""
    return db.session.scalar(db.select(DataSource).filter_by(project_id=project.id, id=id))


def create(project: Project, draft: SourceDraft, actor: Member) -> DataSource:
    """A new data source. Raises RuleError on the field that is wrong."""
    source = DataSource(project=project, password_encrypted="")
    _fill(source, draft)
    _keep(source, Action.DATASOURCE_CREATED, actor)
    return source


def change(source: DataSource, draft: SourceDraft, actor: Member) -> None:
    """Other values. Raises RuleError; the source is to be thrown away then (rollback).

    The stored password belongs to host, port and username: one of them changed, it is asked
    for again, so that nobody sends it to another machine.
    """
    _fill(source, draft)
    _keep(source, Action.DATASOURCE_CHANGED, actor)


def target(source: DataSource, schema: str = "") -> Target:
    """Where this data source leads, its password in the clear: made when it is used, never kept.

    Raises UnreadableSecret for a password that no key opens any more, and RuleError on database
    when the path of a SQLite file leads out of its folder by now.
    """
    if source.db_type is DbType.SQLITE:
        folder = Path(current_app.config["SQLITE_DIR"]).resolve()
        return Target(db_type="sqlite", database=str(folder / sqlite_file(source.database)))
    stored = source.password_encrypted
    return Target(
        db_type=source.db_type.value,
        host=source.host,
        port=source.port,
        username=source.username,
        password=current_app.extensions["secret_box"].decrypt(stored) if stored else "",
        database=source.database,
        schema=schema,
        allow_loopback=current_app.config["ALLOW_LOOPBACK"],
    )


def sqlite_file(text: str) -> str:
    """The file of a SQLite data source, relative to PORTAL_SQLITE_DIR.

    Raises RuleError on database for anything outside of it, symbolic links followed.
    """
    folder = Path(current_app.config["SQLITE_DIR"]).resolve()
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
    return str(path.relative_to(folder))


def _fill(source: DataSource, draft: SourceDraft) -> None:
    if not draft.name:
        raise RuleError(_("请填写数据源名称。"), "name")
    if draft.db_type not in set(DbType):
        raise RuleError(_("请从列表中选择。"), "db_type")
    db_type = DbType(draft.db_type)
    if db_type is DbType.SQLITE:
        values = {"host": "", "port": None, "username": "", "password_encrypted": ""}
        values["database"] = sqlite_file(draft.database)
    else:
        values = _address(source, draft, db_type)
    source.name, source.db_type = draft.name, db_type
    for column, value in values.items():
        setattr(source, column, value)


def _address(source: DataSource, draft: SourceDraft, db_type: DbType) -> dict:
    _check_host(draft.host)
    port = draft.port if draft.port is not None else DEFAULT_PORTS[db_type]
    if not 1 <= port <= 65535:
        raise RuleError(_("端口是 1 到 65535 之间的整数。"), "port")
    if not draft.username:
        raise RuleError(_("请填写用户名。"), "username")
    stored = source.password_encrypted
    if draft.password:
        stored = current_app.extensions["secret_box"].encrypt(draft.password)
    elif stored and (source.host, source.port, source.username) != (
        draft.host,
        port,
        draft.username,
    ):
        raise RuleError(_("主机、端口或用户名已更改，请重新填写密码。"), "password")
    return {
        "host": draft.host,
        "port": port,
        "username": draft.username,
        "database": draft.database,
        "password_encrypted": stored,
    }


def _check_host(host: str) -> None:
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


def _keep(source: DataSource, action: Action, actor: Member) -> None:
    taken = RuleError(_("本项目已有叫“%(name)s”的数据源，请换一个名称。", name=source.name), "name")
    try:
        with db.session.begin_nested():
            db.session.add(source)
    except IntegrityError:
        raise taken from None
    details = asdict(_shown(source))
    details.pop("password")
    records.add(action, f"datasource:{source.project.name}/{source.id}", actor, details)


def _shown(source: DataSource) -> SourceDraft:
    return SourceDraft(
        name=source.name,
        db_type=source.db_type.value,
        host=source.host,
        port=source.port,
        username=source.username,
        database=source.database,
    )
