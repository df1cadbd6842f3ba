"""An app on its own migrated database for every test, and people who are signed in to it."""

from __future__ import annotations

import gc
import shutil
from dataclasses import dataclass

import flask_migrate
import pytest
from flask import Flask
from jinja2 import FileSystemBytecodeCache
from sqlalchemy import select

from portal import config, create_app, first_start
from portal.domain import signin
from portal.extensions import db
from portal.kit import clock, passwords
from portal.models import Member
from tests.page import Visitor

PASSWORD = "Right-horse-4711"


def settings(folder, **values: str) -> dict:
    """The config of a test's app. values: PORTAL_ settings without the prefix."""
    env = {
        "SECURE_COOKIES": "0",
        "LOG_LEVEL": "WARNING",
        "ALLOW_LOOPBACK": "1",
        "LOOK_AGAIN_SECONDS": "0",
        "DINGTALK_CALLS_A_SECOND": "100000",  # a test that wants the limit sets it itself
    } | values
    return config.load({f"PORTAL_{name}": value for name, value in env.items()}, folder)


@pytest.fixture(scope="module", autouse=True)
def no_garbage_of_earlier_tests():
    """What thousands of tests leave behind is not walked through in the next one's time."""
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session")
def migrated(tmp_path_factory):
    """A database as the first start leaves it, with `admin` and the project `default`."""
    folder = tmp_path_factory.mktemp("migrated")
    app = create_app(settings(folder, ADMIN_PASSWORD=PASSWORD))
    with app.app_context():
        flask_migrate.upgrade()
        first_start.prepare()
        db.engine.dispose()
    return folder


@pytest.fixture
def environment() -> dict[str, str]:
    """PORTAL_ settings (without the prefix) of this test's app; override it in a test module."""
    return {}


@pytest.fixture(scope="session")
def compiled_templates(tmp_path_factory) -> FileSystemBytecodeCache:
    """Each app has templates of its own: a quarter of the time went into compiling them anew."""
    return FileSystemBytecodeCache(str(tmp_path_factory.mktemp("templates")))


@pytest.fixture
def app(tmp_path, migrated, environment, compiled_templates) -> Flask:
    """The portal with a fresh database in this test's folder."""
    shutil.copytree(migrated, tmp_path / "instance")
    app = create_app(settings(tmp_path / "instance", **environment))
    app.jinja_env.bytecode_cache = compiled_templates
    yield app
    with app.app_context():
        db.session.remove()
        db.engine.dispose()


@pytest.fixture
def context(app):
    """An app context, for tests of rules. Not beside a client: requests would share its g."""
    with app.app_context():
        yield app


@dataclass(frozen=True)
class Person:
    """A member as tests know one."""

    id: int
    username: str
    password: str = PASSWORD


@pytest.fixture(scope="session")
def password_hash() -> str:
    """The hash of PASSWORD, made once: it takes 0.1 s."""
    return passwords.make_hash(PASSWORD)


@pytest.fixture
def make_member(app, password_hash):
    """make_member("zhangsan", phone="+86…") → Person; the password is PASSWORD."""

    def make(username: str, **values) -> Person:
        with app.app_context():
            member = Member(username=username, password_hash=password_hash, **values)
            db.session.add(member)
            db.session.commit()
            return Person(member.id, username)

    return make


@pytest.fixture
def sign_in(app):
    """sign_in("zhangsan") → a Visitor with a session of that member's (made without the form)."""

    def enter(username: str) -> Visitor:
        visitor = Visitor(app)
        with app.app_context():
            member = db.session.scalars(select(Member).filter_by(username=username)).one()
            token = signin.open_session(member, "127.0.0.1", "tests", clock.utc_now())
            db.session.commit()
        with visitor.client.session_transaction() as cookie:
            cookie["id"] = token
        return visitor

    return enter


@pytest.fixture
def visitor(app) -> Visitor:
    """A browser that is not signed in."""
    return Visitor(app)


@pytest.fixture
def admin(sign_in) -> Visitor:
    """A browser of the member `admin`."""
    return sign_in("admin")
