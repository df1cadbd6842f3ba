"""测试连接 where no server may be asked: SQLite files, and addresses that are refused."""

from __future__ import annotations

import socket

import pytest

from portal.kit.databases import Target
from tests.datasources.pressing import line, press, recorded, results, save, typed


@pytest.fixture
def folder(app, tmp_path):
    made = tmp_path / "instance" / "datasources"
    made.mkdir(parents=True, exist_ok=True)
    return made


class TestSqlite:
    """A file that is there; a missing one stays missing."""

    def test_a_file_is_opened(self, manager, folder):
        (folder / "demo.db").touch()
        page = press(manager, {"db_type": "sqlite", "database": "demo.db"})
        names = ["address", "version", "rights", "read_only"]
        assert results(page) == dict.fromkeys(names, "ok")
        assert "SQLite 3" in line(page, "version")
        assert (folder / "demo.db").read_bytes() == b""

    def test_a_missing_file_is_named_and_not_made(self, app, manager, folder):
        page = press(manager, {"db_type": "sqlite", "database": "missing.db"})
        assert results(page)["address"] == "fail"
        assert "PORTAL_SQLITE_DIR" in line(page, "address")
        assert not (folder / "missing.db").exists()
        assert recorded(app)[0]["database"] == "missing.db"

    def test_what_is_no_database_is_told(self, manager, folder):
        (folder / "notes.db").write_text("these are my notes, and no database at all " * 40)
        page = press(manager, {"db_type": "sqlite", "database": "notes.db"})
        assert results(page)["address"] == "fail"
        assert "核对文件名" in line(page, "address")

    def test_a_file_that_was_replaced_by_a_link_is_refused_at_use(self, app, manager, folder):
        save(manager, {"db_type": "sqlite", "database": "demo.db"})
        outside = folder.parent.parent / "secret.db"
        outside.touch()
        (folder / "demo.db").symlink_to(outside)
        page = press(manager, {}, 422, "/1")
        assert list(page.errors) == ["database"]


class TestWithoutLoopback:
    """As it is set up for real use."""

    @pytest.fixture
    def environment(self):
        return {"ALLOW_LOOPBACK": "0"}

    @pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "169.254.169.254", "::1", "0"])
    def test_forbidden_hosts_are_refused_and_never_connected_to(self, app, manager, host):
        with socket.create_server(("127.0.0.1", 0)) as canary:
            canary.settimeout(0.2)
            values = typed(Target("mysql", host, canary.getsockname()[1], "app", "CANARY-x"))
            page = press(manager, values, 422)
            assert list(page.errors) == ["host"]
            with pytest.raises(TimeoutError):
                canary.accept()
        assert recorded(app) == []

    def test_a_name_that_leads_to_this_machine_is_refused_when_it_is_looked_up(
        self, manager, monkeypatch
    ):
        def look_up(host, port, *_rest, **_more):
            return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", port))]

        monkeypatch.setattr(socket, "getaddrinfo", look_up)
        with socket.create_server(("127.0.0.1", 0)) as canary:
            canary.settimeout(0.2)
            values = typed(Target("mysql", "db.example", canary.getsockname()[1], "app"))
            page = press(manager, values)
            assert results(page)["address"] == "fail"
            assert "不允许连接" in line(page, "address")
            with pytest.raises(TimeoutError):
                canary.accept()
