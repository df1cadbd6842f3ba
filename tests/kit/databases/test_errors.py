"""What is said of an error is true, and short."""

from __future__ import annotations

import pickle

import pytest

from portal.kit.databases import TargetError, TargetErrorKind
from portal.kit.databases.errors import MESSAGE_SHOWN

BOOM = {
    "postgresql": "DO $$ BEGIN RAISE EXCEPTION '%', repeat('x', 2000000); END $$",
    "sqlite": f"SELECT * FROM {'x' * 2_000_000}",
}


@pytest.mark.parametrize("kind", ["postgresql", "sqlite"])  # MySQL's own are short
def test_a_long_message_is_cut(kind, request):
    with request.getfixturevalue(kind).open() as session, pytest.raises(TargetError) as caught:
        session.execute(BOOM[kind])
    error = caught.value
    assert len(error.message) < MESSAGE_SHOWN + 40
    assert "其余省略" in error.message
    assert len(repr(error.args)) < 2 * MESSAGE_SHOWN
    assert pickle.loads(pickle.dumps(error)).message == error.message


@pytest.mark.parametrize("kind", list(TargetErrorKind))
def test_no_sentence_claims_an_effect(kind):
    error = TargetError(kind, "", "")
    assert "没有生效" not in error.sentence
    assert error.cure
    assert ("未知" in error.sentence) == (kind is TargetErrorKind.LOST)


@pytest.mark.parametrize(
    ("kind", "sql"),
    [
        ("postgresql", "DO $$ BEGIN RAISE 'no' USING ERRCODE = '28P01'; END $$"),
        ("mariadb", "SIGNAL SQLSTATE '28000' SET MYSQL_ERRNO = 1045"),
    ],
)
def test_a_statement_that_was_sent_is_never_called_unsent(kind, sql, request):
    with request.getfixturevalue(kind).open() as session, pytest.raises(TargetError) as caught:
        session.execute(sql)
    assert caught.value.kind is TargetErrorKind.REFUSED
