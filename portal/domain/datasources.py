"""A project's data sources: what is kept of them, and where each one leads."""

from __future__ import annotations

from dataclasses import asdict, dataclass

from flask import current_app
from flask_babel import gettext as _
from sqlalchemy.exc import IntegrityError

from portal.domain import records
from portal.domain.errors import RuleError
from portal.domain.records import Action
from portal.domain.source_address import check_host, sqlite_file, sqlite_path
from portal.extensions import db
from portal.kit.crypto import UnreadableSecret
from portal.kit.databases import Target
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
        return Target(db_type=source.db_type.value, database=str(sqlite_path(source.database)))
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


def tried(draft: SourceDraft, source: DataSource | None = None) -> Target:
    """Where the values typed lead, by the rules of a save; a test needs no name.

    source: whose stored password an empty one stands for. Raises RuleError.
    """
    values = _values(draft, source or DataSource())
    try:
        return target(DataSource(**values))
    except UnreadableSecret:
        raise RuleError(_("已保存的密码无法用当前密钥解密，请重新填写。"), "password") from None


def subject_of(project: Project, source: DataSource | None) -> str:
    """How records name a data source; None is one that is not saved yet."""
    return f"datasource:{project.name}/{source.id if source else 'new'}"


def _fill(source: DataSource, draft: SourceDraft) -> None:
    if not draft.name:
        raise RuleError(_("请填写数据源名称。"), "name")
    values = _values(draft, source)
    source.name = draft.name
    for column, value in values.items():
        setattr(source, column, value)


def _values(draft: SourceDraft, source: DataSource) -> dict:
    """Column → value. source: as it is stored."""
    if draft.db_type not in set(DbType):
        raise RuleError(_("请从列表中选择。"), "db_type")
    db_type = DbType(draft.db_type)
    if db_type is not DbType.SQLITE:
        return {"db_type": db_type} | _address(source, draft, db_type)
    return {
        "db_type": db_type,
        "host": "",
        "port": None,
        "username": "",
        "password_encrypted": "",
        "database": sqlite_file(draft.database),
    }


def _address(source: DataSource, draft: SourceDraft, db_type: DbType) -> dict:
    check_host(draft.host)
    port = draft.port if draft.port is not None else DEFAULT_PORTS[db_type]
    if not 1 <= port <= 65535:
        raise RuleError(_("端口是 1 到 65535 之间的整数。"), "port")
    if not draft.username:
        raise RuleError(_("请填写用户名。"), "username")
    stored = source.password_encrypted or ""
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


def _keep(source: DataSource, action: Action, actor: Member) -> None:
    taken = RuleError(_("本项目已有叫“%(name)s”的数据源，请换一个名称。", name=source.name), "name")
    try:
        with db.session.begin_nested():
            db.session.add(source)
    except IntegrityError:
        raise taken from None
    details = asdict(_shown(source))
    details.pop("password")
    records.add(action, subject_of(source.project, source), actor, details)


def _shown(source: DataSource) -> SourceDraft:
    return SourceDraft(
        name=source.name,
        db_type=source.db_type.value,
        host=source.host,
        port=source.port,
        username=source.username,
        database=source.database,
    )
