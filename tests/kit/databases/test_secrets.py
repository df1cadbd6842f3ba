"""What goes in and what comes out: nothing from the process, never the password."""

from __future__ import annotations

import logging
import traceback

import pytest

from portal.kit.databases import TargetError, TargetErrorKind, look
from tests.kit.databases.conftest import LIMITS, refusal


def test_the_environment_of_the_process_changes_nothing(postgresql, monkeypatch, tmp_path):
    (tmp_path / "pass").write_text("*:*:*:*:CANARY-from-a-file\n")
    (tmp_path / "pass").chmod(0o600)
    monkeypatch.setenv("PGPASSFILE", str(tmp_path / "pass"))
    monkeypatch.setenv("PGPASSWORD", postgresql.server.password)
    monkeypatch.setenv("PGHOSTADDR", "10.255.255.1")
    monkeypatch.setenv("PGOPTIONS", "-c default_transaction_read_only=on")
    monkeypatch.setenv("PGSSLMODE", "disable")
    with postgresql.open() as session:
        assert session.execute("CREATE TABLE item (id integer)") is None
    assert look(postgresql.target, LIMITS).is_encrypted
    error = refusal(postgresql.server.target(postgresql.name, password=""))
    assert error.kind is TargetErrorKind.CREDENTIALS


def test_no_text_of_an_error_or_a_log_holds_the_password(remote, caplog):
    for name in (None, "portal"):  # an app of an earlier test may have set it higher
        caplog.set_level(logging.DEBUG, logger=name)
    texts = [repr(remote.target), str(remote.target)]
    wrong = remote.server.target("no_such_database", schema="no_such_schema")
    for target in (wrong, remote.server.target(remote.name, username="nobody_here")):
        error = refusal(target)
        seen = traceback.TracebackException.from_exception(error, capture_locals=True)
        texts += ["".join(seen.format()), repr(error)]
        assert error.__context__ is None
        assert error.__cause__ is None
    with remote.open() as session, pytest.raises(TargetError) as caught:
        session.execute("SELECT nonsense")
    seen = traceback.TracebackException.from_exception(caught.value, capture_locals=True)
    texts += ["".join(seen.format()), caplog.text]
    assert all(remote.server.password not in text for text in texts)
    assert "open" in caplog.text


def test_what_a_server_repeats_of_the_password_is_not_shown(remote):
    with remote.open() as session, pytest.raises(TargetError) as caught:
        session.execute(f"SELECT * FROM \"{remote.server.password}\" WHERE ''")
    assert caught.value.kind is TargetErrorKind.REFUSED
    assert "***" in caught.value.message
    assert remote.server.password not in caught.value.message
