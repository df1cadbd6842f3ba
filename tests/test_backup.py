"""flask backup and flask restore: a sound copy while the portal writes, and nothing by itself."""

from __future__ import annotations

import errno
import shutil
import sqlite3
import stat
import threading
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import flask_migrate
import pytest

from portal import create_app
from portal.extensions import db
from portal.kit.clock import database_now
from portal.models import Heartbeat, Member, OperationRecord, PortalSetting, Session
from tests.conftest import settings


def run(app, command: str, file) -> tuple[int, str]:
    """Exit code and all that was said."""
    with app.app_context():
        db.engine.dispose()
    result = app.test_cli_runner().invoke(args=[command, str(file)])
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result.exit_code, result.output


def refused(app, command: str, file) -> str:
    code, said = run(app, command, file)
    assert code == 1, said
    return said


def done(app, command: str, file) -> str:
    code, said = run(app, command, file)
    assert code == 0, said
    return said


def query(file, sql: str) -> list[tuple]:
    with closing(sqlite3.connect(file)) as connection:
        return connection.execute(sql).fetchall()


def database(app) -> Path:
    return Path(app.config["SQLALCHEMY_DATABASE_URI"].removeprefix("sqlite:///"))


@pytest.fixture
def file(app, tmp_path) -> Path:
    """A backup of the app's database."""
    done(app, "backup", tmp_path / "kept.db")
    return tmp_path / "kept.db"


def test_a_backup_is_sound_and_its_owners_only(app, tmp_path):
    said = done(app, "backup", tmp_path / "kept.db")
    assert stat.S_IMODE((tmp_path / "kept.db").stat().st_mode) == 0o600
    assert query(tmp_path / "kept.db", "SELECT username FROM member") == [("admin",)]
    assert "0 tickets, 0 deliveries" in said
    for name in ("secret.key", "encryption.keys"):
        assert f"instance/{name}" in said


def test_a_backup_is_consistent_while_others_write(app, tmp_path):
    """Two rows are written together, again and again: no copy has one without the other."""
    over, written = threading.Event(), []

    def write():
        with closing(sqlite3.connect(database(app), timeout=10, isolation_level=None)) as writer:
            while not over.is_set():
                writer.execute("BEGIN IMMEDIATE")
                for half in "ab":
                    key = f"{half}{len(written)}"
                    writer.execute("INSERT INTO portal_setting VALUES (?, ?)", (key, "x" * 999))
                writer.execute("COMMIT")
                written.append(key)

    writing = threading.Thread(target=write)
    writing.start()
    try:
        for number in range(5):
            file = tmp_path / f"kept{number}.db"
            done(app, "backup", file)
            halves = "SELECT count(*) FILTER (WHERE key LIKE '{}%') FROM portal_setting"
            [(first,)] = query(file, halves.format("a"))
            [(second,)] = query(file, halves.format("b"))
            assert first == second
    finally:
        over.set()
        writing.join()
    assert len(written) > 10


def test_a_backup_overwrites_nothing_and_makes_no_folder(app, tmp_path, file):
    before = file.read_bytes()
    assert "is there already" in refused(app, "backup", file)
    assert file.read_bytes() == before
    assert "the folder of" in refused(app, "backup", tmp_path / "nowhere" / "kept.db")
    assert "is there already" in refused(app, "backup", database(app))


@pytest.mark.parametrize(
    ("address", "tool"), [("postgresql://p@db/p", "pg_dump"), ("mysql://p@db/p", "mysqldump")]
)
@pytest.mark.parametrize("command", ["backup", "restore"])
def test_a_database_server_has_its_own_tools(tmp_path, file, command, address, tool):
    app = create_app(settings(tmp_path, DATABASE_URL=address))
    assert tool in refused(app, command, tmp_path / "kept.db")


def test_a_restore_brings_back_what_was_there_and_keeps_what_was_thrown_over(app, file):
    with app.app_context():
        db.session.add(Member(username="later", password_hash=""))
        db.session.commit()
    said = done(app, "restore", file)
    assert query(database(app), "SELECT username FROM member") == [("admin",)]
    [aside] = database(app).parent.glob("portal-before-restore-*.db")
    assert str(aside) in said
    assert query(aside, "SELECT username FROM member ORDER BY id") == [("admin",), ("later",)]
    assert stat.S_IMODE(aside.stat().st_mode) == 0o600
    left = {path.name for path in database(app).parent.iterdir()}
    left -= {"portal.db-wal", "portal.db-shm"}  # this process has read the new one
    assert left == {"portal.db", aside.name, "secret.key", "encryption.keys"}


def test_a_restored_database_is_another_installation_without_sessions(app, admin, file):
    """`admin` is signed in now, and was not in the backup: nobody is afterwards."""
    done(app, "backup", file.with_name("signed-in.db"))
    [(before,)] = query(file, "SELECT value FROM portal_setting WHERE key = 'installation'")
    assert "1 sessions ended" in done(app, "restore", file.with_name("signed-in.db"))
    with app.app_context():
        assert db.session.get_one(PortalSetting, "installation").value != before
        assert db.session.scalars(db.select(Session)).all() == []
        newest = db.select(OperationRecord).order_by(OperationRecord.id.desc()).limit(1)
        record = db.session.scalars(newest).one()
        assert (record.action, record.actor_id) == ("database_restored", None)
    assert admin.client.get("/").status_code == 302


def test_a_restore_onto_an_empty_machine(app, file, tmp_path):
    (tmp_path / "new").mkdir()
    other = create_app(settings(tmp_path / "new"))
    said = done(other, "restore", file)
    assert "kept as" not in said
    assert query(tmp_path / "new" / "portal.db", "SELECT username FROM member") == [("admin",)]
    assert stat.S_IMODE((tmp_path / "new" / "portal.db").stat().st_mode) == 0o600


def test_a_secret_whose_key_is_not_there_is_named(app, file, tmp_path):
    with closing(sqlite3.connect(file)) as connection:
        connection.execute(
            "INSERT INTO provider_setting (provider, is_tracker, is_enabled, app_key,"
            " app_secret_encrypted, template_code, template_app_key, checks)"
            " VALUES ('feishu', 0, 1, 'a', 'x', '', '', '[]')"
        )
        connection.commit()
    (tmp_path / "new").mkdir()
    said = done(create_app(settings(tmp_path / "new")), "restore", file)
    assert "unreadable without its key: provider feishu" in said
    assert "encryption.keys" in said


def test_a_restore_is_refused_while_another_process_has_the_file_open(app, file):
    """However idle: a web worker that waits for its next request would go on with the old one."""
    with closing(sqlite3.connect(database(app))) as idle:
        idle.execute("SELECT count(*) FROM member").fetchall()
        assert "is in use: stop every portal" in refused(app, "restore", file)
    done(app, "restore", file)


def test_a_restore_is_refused_while_another_machine_says_that_it_is_there(app, file):
    with app.app_context():
        at = database_now(db.session)
        db.session.add(Heartbeat(name="process:0123456789ab:00", at=at, host="db-host-2"))
        db.session.commit()
        said = refused(app, "restore", file)
        assert "another machine, db-host-2" in said
        db.session.execute(db.update(Heartbeat).values(at=at - timedelta(minutes=2)))
        db.session.commit()
    done(app, "restore", file)


def _cut(file: Path) -> None:
    file.write_bytes(file.read_bytes()[:8192])


def _torn(file: Path) -> None:
    data = bytearray(file.read_bytes())
    data[20000:24000] = b"\xff" * 4000
    file.write_bytes(data)


def _foreign(file: Path) -> None:
    file.unlink()
    query(file, "CREATE TABLE t (x)")


def _newer(file: Path) -> None:
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
        connection.commit()


@pytest.mark.parametrize(
    ("spoil", "why"),
    [
        (_cut, "damaged"), (_torn, "damaged"), (_foreign, "no backup of Portal"),
        (_newer, "newer Portal"), (Path.unlink, "is not there"),
        (lambda file: file.write_text("text " * 9999), "no backup of Portal"),
    ],
)  # fmt: skip
def test_a_file_that_is_not_what_it_should_be_changes_nothing(app, file, spoil, why):
    spoil(file)
    before = database(app).read_bytes()
    assert why in refused(app, "restore", file)
    assert database(app).read_bytes() == before
    assert not list(database(app).parent.glob("*before*"))


def test_the_database_itself_is_no_backup(app):
    assert "the database itself" in refused(app, "restore", database(app))


def test_a_damaged_database_is_replaced_and_kept(app, file):
    database(app).write_bytes(b"no database at all" * 500)
    said = done(app, "restore", file)
    [aside] = database(app).parent.glob("portal-before-restore-*.db")
    assert str(aside) in said
    assert aside.read_bytes().startswith(b"no database at all")
    assert query(database(app), "SELECT username FROM member") == [("admin",)]


def test_an_older_backup_is_brought_up_to_date(app, tmp_path):
    (tmp_path / "old").mkdir()
    old = create_app(settings(tmp_path / "old"))
    with old.app_context():
        flask_migrate.upgrade(revision="0002")
        db.session.remove()
    done(old, "backup", tmp_path / "old.db")
    done(app, "restore", tmp_path / "old.db")
    [(revision,)] = query(database(app), "SELECT version_num FROM alembic_version")
    assert revision > "0002"


def test_a_restore_that_finds_the_disk_full_changes_nothing(app, file, monkeypatch):
    before = query(database(app), "SELECT key, value FROM portal_setting")

    def full(*_arguments):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(shutil, "copyfileobj", full)
    assert "No space left on device" in refused(app, "restore", file)
    assert query(database(app), "SELECT key, value FROM portal_setting") == before
    names = {path.name for path in database(app).parent.iterdir()}
    assert names - {"portal.db-wal", "portal.db-shm"} == {
        "portal.db", "secret.key", "encryption.keys",
    }  # fmt: skip


def test_what_a_restore_left_when_the_power_went_is_thrown_away(app, file):
    for ending in ("", "-wal", "-journal"):
        database(app).with_name(f".restoring.db{ending}").write_bytes(b"torn" * 999)
    done(app, "restore", file)
    assert query(database(app), "SELECT username FROM member") == [("admin",)]
    assert not list(database(app).parent.glob(".restoring*"))


def test_two_restores_in_one_second_keep_both(app, file):
    done(app, "restore", file)
    done(app, "restore", file)
    assert len(list(database(app).parent.glob("portal-before-restore-*.db"))) == 2


def test_a_restore_needs_the_databases_folder(tmp_path, file):
    app = create_app(settings(tmp_path, DATABASE_URL=f"sqlite:///{tmp_path}/nowhere/portal.db"))
    assert "cannot be written" in refused(app, "restore", file)
