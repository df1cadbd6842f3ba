"""What a database server quotes in its errors, phones and SQL among it, stays out of the log."""

from __future__ import annotations

import json
import logging

import pytest
from sqlalchemy.exc import DBAPIError

from portal.extensions import db
from portal.kit.logs import JsonFormatter
from portal.models import Member
from tests.faults.conftest import ON_DATABASES, ON_SERVERS

CANARY = "+8613900001234"
TEXTS = (CANARY, f"{CANARY}\nsecond line {CANARY}", f"it's \"{CANARY}\"' for key x")


def refused(stage, statement, **values) -> tuple[str, dict]:
    """The database's own words for this statement, and the line of the log about it."""
    with stage.world.app.app_context():
        try:
            db.session.execute(statement, values)
        except DBAPIError as error:
            said = str(error.orig)
            facts = (type(error), error, error.__traceback__)
            record = logging.LogRecord("portal", 40, "", 0, "lost: %s", (str(error),), facts)
            line = JsonFormatter().format(record)
        finally:
            db.session.rollback()
            db.session.remove()
    return said, json.loads(line)


@pytest.mark.faults
@ON_DATABASES
def test_a_value_of_a_row_is_not_logged(stage):
    for text in TEXTS:
        put_twice(stage, text)


def put_twice(stage, text: str) -> None:
    with stage.world.app.app_context():
        db.session.add(Member(username=text[:64], name="甲", password_hash="-"))
        db.session.commit()
        kind = db.engine.dialect.name
    again = db.insert(Member).values(username=text[:64], name="乙", password_hash="-")
    said, line = refused(stage, again)
    assert kind == "sqlite" or CANARY in said, "the server quotes nothing: no test"
    assert CANARY not in json.dumps(line)
    assert "uq_member_username" in line["traceback"] or "member.username" in line["traceback"]
    assert "[SQL: INSERT INTO member" in line["traceback"], "what it was about is kept"



@pytest.mark.faults
@ON_SERVERS
def test_a_value_that_does_not_fit_is_not_logged(stage):
    wrong = {
        "postgresql": "DELETE FROM member WHERE id = CAST(CAST(:value AS text) AS integer)",
        "mysql": "UPDATE member SET is_enabled = :value",
    }[stage.database.server.db_type]
    said, line = refused(stage, db.text(wrong), value="x" + CANARY)
    assert CANARY in said, "the server quotes nothing: no test"
    assert CANARY not in json.dumps(line)
