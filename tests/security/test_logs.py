"""Nothing secret reaches a log, and no line of it can be forged."""

import io
import json
import logging

import pytest
from sqlalchemy import text

from portal.extensions import db
from portal.kit.logs import JsonFormatter
from tests.conftest import PASSWORD

SECRET = "CANARY-secret-0123456789"


@pytest.fixture
def environment():
    return {"LOG_LEVEL": "DEBUG"}


@pytest.fixture
def lines(app):
    """Everything that the portal's loggers write, as the operator reads it."""
    stream = io.StringIO()
    handler = logging.getLogger("portal").handlers[0]
    handler.setStream(stream)
    return stream


def record(message="x", **extra):
    made = logging.LogRecord("portal", logging.INFO, "", 0, message, (), None)
    made.__dict__.update(extra)
    return JsonFormatter().format(made)


@pytest.mark.parametrize("char", ["\x85", "\u2028", "\u2029", "\x9b", "\x7f", "\u202e"])
def test_no_reader_of_lines_takes_one_for_two(char):
    line = record(f'a{char}{{"level": "INFO"}}')
    assert line.splitlines() == [line]
    assert char not in line
    assert json.loads(line)["message"][1] == char


def test_a_fact_with_a_secret_name_is_not_written():
    line = record(token=SECRET, facts={"app_secret": SECRET, "deep": [{"password": SECRET}]})
    assert SECRET not in line
    assert json.loads(line)["facts"]["app_secret"] == "***"


def test_an_error_of_the_database_does_not_quote_the_values(app, admin, lines):
    def fail():
        db.session.execute(text("INSERT INTO member (name) VALUES (:it)"), {"it": SECRET})

    app.view_functions["account.index"] = fail
    assert admin.get("/account", status=409).h1 == "刚刚有人做了同样的操作"
    assert "IntegrityError" in lines.getvalue()
    assert SECRET not in lines.getvalue()


def test_a_password_in_the_wrong_field_is_not_logged(visitor, lines):
    for attempt in range(12):
        page = visitor.get("/login").form(has="username")
        page.fill(username=SECRET, password=PASSWORD).send(status=422 if attempt < 10 else 429)
    assert "throttled" in lines.getvalue()
    assert SECRET.lower() not in lines.getvalue().lower()
