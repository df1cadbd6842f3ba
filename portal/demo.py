"""`python wsgi.py --demo`: its own database, the sandbox beside it, and people ready to try it."""

from __future__ import annotations

import os
import secrets
import socket
from contextlib import closing
from pathlib import Path
from sqlite3 import connect

from flask import Flask, current_app

from portal import config as settings
from portal import first_start
from portal.domain import members, tracker_settings
from portal.domain.integrations import save_provider
from portal.domain.settings import provider_setting, save_global
from portal.extensions import db
from portal.kit import passwords
from portal.models import (
    DataSource,
    DbType,
    Flow,
    FlowAssignee,
    FlowStep,
    Member,
    Project,
    ProjectMember,
    ProjectRole,
    Role,
    StepKind,
)
from portal.sandbox.seed import CODING_TOKEN, DEFAULT_APPS, DEMO_ADMIN, DEMO_PEOPLE
from portal.sandbox.serve import start_thread

PROJECT = "shop"
# Steps: kind, what is to be looked at, who (any one of them decides).
STEPS = (
    (StepKind.AUDIT, "业务负责人审核", ("lisi", "wangwu")),
    (StepKind.AUDIT, "DBA 审核", ("zhaoliu", "wangwu")),
    (StepKind.EXECUTE, "上线", ("sunqi",)),
)
SHOP = """
CREATE TABLE IF NOT EXISTS customers (id INTEGER PRIMARY KEY, name TEXT, city TEXT);
CREATE TABLE IF NOT EXISTS orders (
    id INTEGER PRIMARY KEY, customer_id INTEGER, amount NUMERIC, state TEXT
);
INSERT OR IGNORE INTO customers VALUES (1, '立夏', '杭州'), (2, '小满', '深圳');
INSERT OR IGNORE INTO orders VALUES (1, 1, 199, 'new'), (2, 1, 59.9, 'paid'), (3, 2, 9, 'new');
"""


def config() -> dict:
    """The environment's settings, turned towards the sandbox and made quick."""
    given = dict(os.environ)
    port = int(settings.load(given)["PORT"])
    sandbox = f"http://127.0.0.1:{port + 1}"
    given |= {
        "PORTAL_DATABASE_URL": f"sqlite:///{settings.INSTANCE}/demo.db",
        "PORTAL_DINGTALK_API_URL": sandbox,
        "PORTAL_DINGTALK_OAPI_URL": sandbox,
        "PORTAL_FEISHU_API_URL": sandbox,
        "PORTAL_ALLOW_LOOPBACK": "1",
        "PORTAL_SWEEP_SECONDS": "1",
    }
    # The sandbox counts no quota; at one sweep a second the real one would end the demo early.
    given.setdefault("PORTAL_DINGTALK_MONTHLY_CALLS", "1000000")
    given.setdefault("PORTAL_LOG_LEVEL", "WARNING")  # the passwords must not scroll away
    return settings.load(given)


def start_sandbox(app: Flask):
    """The stand-in, on the next port, with a store that outlives a restart."""
    port = app.config["PORT"] + 1
    with socket.socket() as taken:  # the stand-in's own server would end the process instead
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        taken.bind(("127.0.0.1", port))
    store = Path(app.config["INSTANCE_DIR"]) / "demo-sandbox.db"
    server = start_thread("127.0.0.1", port, str(store))
    platforms = "DingTalk, Feishu and CODING"
    print(f"Sandbox (stand-in for {platforms}): http://127.0.0.1:{server.port}", flush=True)
    return server


def prepare() -> list[str]:
    """Fill an empty demo; answers one line per member: user name, password, role.

    The passwords are new at each start, so that none is known beforehand.
    """
    first_start.prepare()
    lines = [_with_new_password(member) for member in _people()]
    admin = lines[0][0]
    if db.session.scalar(db.select(Project).filter_by(name=PROJECT)) is None:
        _fill(admin)
    _switch_on(admin)
    save_global(f"http://127.0.0.1:{current_app.config['PORT']}", 2160, admin)
    db.session.commit()
    return [f"{member.username} {password} {member.role.value}" for member, password in lines]


def _people() -> list[Member]:
    admin = db.session.scalars(db.select(Member).filter_by(username=members.FIRST_ADMIN)).one()
    _username, _name, mobile, email = DEMO_ADMIN
    if not admin.phone and not admin.email:
        admin.phone, admin.email = members.normalise_phone(mobile), email
    found = [admin]
    for username, name, mobile, email in DEMO_PEOPLE:
        member = db.session.scalar(db.select(Member).filter_by(username=username))
        if member is None:
            member = Member(
                username=username,
                name=name,
                phone=members.normalise_phone(mobile),
                email=email,
                password_hash="",
                role=Role.MEMBER,
            )
            db.session.add(member)
        found.append(member)
    return found


def _with_new_password(member: Member) -> tuple[Member, str]:
    password = secrets.token_urlsafe(9)
    member.password_hash = passwords.make_hash(password)
    member.must_change_password = False
    member.is_enabled = True
    return member, password


def _fill(admin: Member) -> None:
    by_name = {member.username: member for member in db.session.scalars(db.select(Member))}
    project = Project(name=PROJECT, title="示例商城")
    project.memberships = [
        ProjectMember(
            member=member,
            role=ProjectRole.MANAGER if member is admin else ProjectRole.MEMBER,
        )
        for member in by_name.values()
    ]
    db.session.add(project)
    db.session.flush()
    steps = [
        FlowStep(
            position=position,
            kind=kind,
            description=text,
            assignees=[FlowAssignee(member=by_name[name]) for name in names],
        )
        for position, (kind, text, names) in enumerate(STEPS, start=1)
    ]
    db.session.add(Flow(project_id=project.id, steps=steps))
    db.session.add(
        DataSource(
            project=project, name="商城库", db_type=DbType.SQLITE, database=_database_file()
        )
    )


def _switch_on(admin: Member) -> None:
    """Every platform that was never set up; one that somebody has switched off stays off."""
    stand_in = db.session.scalars(db.select(Member).filter_by(username="sunqi")).one()
    for provider, (app_key, app_secret) in DEFAULT_APPS.items():
        if not provider_setting(provider).app_key:
            save_provider(
                provider,
                enabled=True,
                app_key=app_key,
                secret=app_secret,
                originator=stand_in,
                actor=admin,
            )
    if not provider_setting("coding").app_key:
        sandbox = current_app.config["FEISHU_API_URL"]  # one address stands in for all
        tracker_settings.save("coding", True, sandbox, CODING_TOKEN, admin)


def _database_file() -> str:
    folder = Path(current_app.config["SQLITE_DIR"])
    folder.mkdir(parents=True, exist_ok=True)
    with closing(connect(folder / "demo-shop.db")) as connection:
        connection.executescript(SHOP)
    return "demo-shop.db"
