"""测试连接 against real servers: what it finds, what it keeps to itself, what it leaves alone."""

from __future__ import annotations

import socket
import threading
import time

import pytest

from portal.domain import presses
from portal.extensions import db
from portal.kit.databases import Target
from portal.models import DataSource
from tests.datasources.pressing import PATH, line, press, recorded, results, save, typed
from tests.servers_base import free_port

SERVER_LINES = [
    "address", "credentials", "database", "version", "encryption", "rights", "superuser",
    "read_only",
]  # fmt: skip


@pytest.fixture(params=["postgresql_server", "mariadb_server"])
def server(request):
    """Each of the two that are servers."""
    return request.getfixturevalue(request.param)


def test_a_new_source_is_tested_before_it_is_saved(app, manager, server):
    name = server.new_database()
    page = press(manager, typed(server.target(name)))
    assert page.path == f"{PATH}/new/test"
    found = results(page)
    assert list(found) == SERVER_LINES
    assert found == dict.fromkeys(SERVER_LINES, "ok") | {"superuser": "fail"}
    assert "可以使用，1 项需要注意" in page.text
    assert "TLS" in line(page, "encryption")
    assert "注意" in line(page, "superuser")
    assert "CREATE" in line(page, "rights") or "ALL PRIVILEGES" in line(page, "rights")
    assert server.username in line(page, "credentials")
    with app.app_context():
        assert db.session.scalars(db.select(DataSource)).all() == []
    [record] = recorded(app)
    assert record["subject"] == "datasource:orders/new"
    assert record["result"] == "ok"
    assert record["failed"] == ["superuser"]
    assert record["database"] == name


def test_what_was_typed_stays_and_the_password_shows_nowhere(app, manager, server, caplog):
    with caplog.at_level("DEBUG"):
        page = press(manager, typed(server.target(server.new_database()), name="新库"))
    form = page.form(has="db_type")
    assert form.values["name"] == "新库"
    assert form.values["host"] == server.host
    assert form.values["password"] == ""
    assert "提交前请再填一次密码" in page.text
    assert server.password not in page.html
    assert server.password not in caplog.text
    assert server.password not in str([vars(one) for one in caplog.records])
    assert server.password not in str(recorded(app))


def test_the_stored_password_is_used_where_it_belongs(app, manager, server):
    save(manager, typed(server.target(server.new_database())))
    page = press(manager, {}, where="/1")
    assert page.path == f"{PATH}/1/test"
    assert results(page)["credentials"] == "ok"
    assert "提交前请再填一次密码" not in page.text
    page = manager.post(f"{PATH}/1/test", {}, status=200)
    assert results(page)["credentials"] == "ok"
    assert [one["subject"] for one in recorded(app)] == ["datasource:orders/1"] * 2


@pytest.mark.parametrize("change", [{"host": "10.0.0.6"}, {"port": "3399"}, {"username": "root"}])
def test_another_address_asks_for_the_password_on_a_test_as_well(app, manager, change):
    """And nobody is connected to."""
    save(manager, typed(Target("mysql", "10.0.0.5", 3307, "app", "CANARY-stored-1f0a")))
    page = press(manager, change, 422, "/1")
    assert list(page.errors) == ["password"]
    for name, value in change.items():
        assert page.one(f"[name={name}]")["value"] == value
    assert recorded(app) == []


def test_values_are_tested_and_not_saved(app, manager, server):
    save(manager, typed(server.target(server.new_database())))
    press(manager, {"database": "no_such_db", "name": "改名"}, where="/1")
    with app.app_context():
        source = db.session.scalars(db.select(DataSource)).one()
        assert (source.name, source.database == "no_such_db") == ("主库", False)


def test_a_test_needs_no_name(manager, server):
    assert results(press(manager, typed(server.target(server.new_database()), name="")))


def test_a_wrong_password_is_the_accounts_line(app, manager, server):
    values = typed(server.target(server.new_database()), password="CANARY-wrong-77d2")
    page = press(manager, values)
    found = results(page)
    assert (found["address"], found["credentials"]) == ("ok", "fail")
    assert {found[name] for name in SERVER_LINES[2:]} == {"skipped"}
    text = line(page, "credentials")
    assert ("28P01" in text) or ("28000" in text) or ("1045" in text)
    assert "核对用户名和密码" in text
    assert "CANARY-wrong" not in page.html
    [record] = recorded(app)
    assert (record["result"], record["failed"]) == ("fail", ["credentials"])
    assert record["code"]
    assert "CANARY-wrong" not in str(record)


def test_a_closed_port_is_the_addresss_line(manager, server):
    page = press(manager, typed(server.target(), port=str(free_port())))
    assert results(page)["address"] == "fail"
    assert set(list(results(page).values())[1:]) == {"skipped"}
    assert "确认数据库已启动" in line(page, "address")
    assert "1 项未通过" in page.text


def test_a_database_that_is_not_there_is_the_databases_line(manager, server):
    page = press(manager, typed(server.target("no_such_db")))
    found = results(page)
    assert (found["credentials"], found["database"], found["version"]) == ("ok", "fail", "skipped")
    assert "no_such_db" in line(page, "database")


def test_missing_rights_are_named(manager, mariadb_server):
    name = mariadb_server.new_database()
    mariadb_server.query("", f"CREATE USER reader_{name} IDENTIFIED BY 'CANARY-reader'")
    mariadb_server.query("", f"GRANT SELECT, INSERT ON {name}.* TO reader_{name}")
    changes = {"username": f"reader_{name}", "password": "CANARY-reader"}
    page = press(manager, typed(mariadb_server.target(name), **changes))
    found = results(page)
    assert (found["rights"], found["superuser"]) == ("fail", "ok")
    assert "缺少权限：UPDATE、DELETE、CREATE、ALTER、DROP、INDEX" in line(page, "rights")
    assert "SELECT, INSERT" in line(page, "rights")
    page = press(manager, typed(mariadb_server.target(""), **changes))
    assert results(page)["rights"] == "skipped"


def test_a_database_that_only_reads_is_told(manager, postgresql_server):
    name = postgresql_server.new_database()
    postgresql_server.query(
        "postgres", f"ALTER DATABASE {name} SET default_transaction_read_only = on"
    )
    page = press(manager, typed(postgresql_server.target(name)))
    assert results(page)["read_only"] == "fail"
    assert "1 项未通过" in page.text


def test_a_server_that_says_nothing_is_given_up_and_holds_up_nobody(app, manager):
    """Nobody's saving waits for it: no transaction of ours is open meanwhile."""
    with socket.create_server(("127.0.0.1", 0)) as mute:
        values = typed(Target("mysql", "127.0.0.1", mute.getsockname()[1], "app", "x"))
        found = []
        began = time.monotonic()
        pressing = threading.Thread(target=lambda: found.append(press(manager, values)))
        pressing.start()
        time.sleep(1)
        with app.app_context():
            started = time.monotonic()
            db.session.execute(db.text("UPDATE member SET name = 'x' WHERE username = 'admin'"))
            db.session.commit()
            assert time.monotonic() - started < 0.8
        assert pressing.is_alive()
        pressing.join()
    assert time.monotonic() - began < 10
    assert results(found[0])["address"] == "fail"
    assert "时限内没有连上" in line(found[0], "address")


def test_ten_presses_a_minute_at_most(app, manager):
    values = typed(Target("mysql", "127.0.0.1", free_port(), "app", "x"))
    for _n in range(presses.LIMIT):
        press(manager, values)
    page = press(manager, values, 429)
    assert "每分钟最多 10 次" in page.errors["form"]
    assert page.one("[name=username]")["value"] == "app"
    assert len(recorded(app)) == presses.LIMIT


@pytest.mark.parametrize(
    ("change", "field"),
    [({"host": ""}, "host"), ({"port": "70000"}, "port"), ({"username": ""}, "username"),
     ({"db_type": "oracle"}, "db_type"), ({"database": "x\x00"}, "database")],
)  # fmt: skip
def test_bad_values_are_named_beside_their_fields(app, manager, change, field):
    page = press(manager, typed(Target("mysql", "10.0.0.5", 3306, "app", "x")) | change, 422)
    assert list(page.errors) == [field]
    assert recorded(app) == []


def test_a_password_that_no_key_opens_is_asked_for_again(app, manager):
    save(manager, typed(Target("mysql", "127.0.0.1", 3306, "app", "CANARY-x")))
    with app.app_context():
        db.session.scalars(db.select(DataSource)).one().password_encrypted = "gone"
        db.session.commit()
    page = press(manager, {}, 422, "/1")
    assert "无法用当前密钥解密" in page.errors["password"]


def test_the_record_reads_in_words(admin, manager):
    press(manager, typed(Target("mysql", "127.0.0.1", free_port(), "app", "x")))
    text = admin.get("/settings/records").text
    for words in ("测试连接", "数据源 orders/new", "结果： 未通过", "未通过项： address"):
        assert words in text


def test_only_managers_test(manager, sign_in, visitor):
    save(manager, typed(Target("mysql", "127.0.0.1", free_port(), "app", "x")))
    for path in (f"{PATH}/new/test", f"{PATH}/1/test"):
        sign_in("li").post(path, {}, status=403)
        sign_in("stranger").post(path, {}, status=404)
        manager.get(path, status=405)
        assert visitor.post(path, {}).path.startswith("/login")
    manager.post(f"{PATH}/99/test", {}, status=404)
