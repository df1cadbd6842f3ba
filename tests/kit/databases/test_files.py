"""A SQLite target is one existing file, and nothing beside it."""

from __future__ import annotations

import pytest

from portal.kit.databases import Target, TargetError, TargetErrorKind, open_session
from tests.kit.databases.conftest import LIMITS, NAME, refusal


@pytest.mark.parametrize("name", ["missing.db", "../missing.db", "a?mode=rwc", "a#b"])
def test_a_missing_file_stays_missing(sqlite_server, name):
    path = sqlite_server.folder / name
    error = refusal(Target("sqlite", database=str(path)))
    assert error.kind is TargetErrorKind.UNREACHABLE
    assert not path.exists()
    assert not (sqlite_server.folder / "a").exists()


@pytest.mark.parametrize("name", ["", "shop.db", ":memory:", "file:/tmp/x.db", "/tmp/a\0b"])
def test_only_a_full_path_is_a_file(name):
    error = refusal(Target("sqlite", database=name))
    assert (error.kind, error.code) == (TargetErrorKind.UNREACHABLE, "address")


def test_a_folder_is_no_database(sqlite_server):
    error = refusal(Target("sqlite", database=str(sqlite_server.folder)))
    assert error.kind is TargetErrorKind.UNREACHABLE


def test_a_file_of_odd_name_is_opened_by_its_name(sqlite):
    odd = sqlite.server.path("a b%20?#&é")
    odd.touch()
    with open_session(Target("sqlite", database=str(odd)), NAME, LIMITS) as session:
        session.execute("CREATE TABLE item (id integer)")
    assert odd.stat().st_size > 0


def test_a_file_that_is_no_database_is_refused(sqlite):
    sqlite.server.path(sqlite.name).write_bytes(b"no database at all " * 100)
    with sqlite.open() as session, pytest.raises(TargetError) as caught:
        session.execute("SELECT * FROM sqlite_master")
    assert (caught.value.kind, caught.value.code) == (TargetErrorKind.REFUSED, "SQLITE_NOTADB")


@pytest.mark.parametrize(
    "sql",
    [
        "ATTACH '{other}' AS other",
        "ATTACH '' || '{other}' AS other",
        "VACUUM INTO '{other}'",
        "SELECT load_extension('x')",
    ],
)
def test_a_ticket_reaches_no_other_file(sqlite, tmp_path, sql):
    other = tmp_path / "other.db"
    with sqlite.open() as session, pytest.raises(TargetError) as caught:
        session.execute(sql.format(other=other))
    assert caught.value.kind is TargetErrorKind.REFUSED
    assert not other.exists()


def test_a_file_can_still_be_vacuumed(sqlite):
    with sqlite.open() as session:
        session.execute("CREATE TABLE item (id integer)")
        assert session.execute("VACUUM") is None
