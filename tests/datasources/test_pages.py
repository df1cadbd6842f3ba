"""A project's data sources: what is kept of them, and where they may point to."""

from __future__ import annotations

import pytest

from portal.extensions import db
from portal.models import DataSource, OperationRecord

PATH = "/projects/orders/datasources"
PASSWORD = "CANARY-datasource-3f1c"


@pytest.fixture
def environment():
    return {"ALLOW_LOOPBACK": "0"}


def create(manager, status=302, **values):
    typed = {
        "name": "主库",
        "db_type": "mysql",
        "host": "10.0.0.5",
        "port": "3307",
        "username": "app",
        "password": PASSWORD,
        "database": "shop",
    }
    return manager.get(PATH + "/new").form(has="db_type").fill(**(typed | values)).send(status)


def edit(manager, status=302, **values):
    return manager.get(PATH + "/1").form(has="db_type").fill(**values).send(status)


def stored(app):
    with app.app_context():
        return db.session.scalars(db.select(DataSource)).one_or_none()


def password(app):
    return app.extensions["secret_box"].decrypt(stored(app).password_encrypted)


def test_a_data_source_is_kept_with_its_password_encrypted(app, manager):
    assert "还没有数据源" in manager.get(PATH).text
    page = create(manager)
    assert page.path == PATH
    assert "10.0.0.5:3307" in page.text
    assert PASSWORD not in stored(app).password_encrypted
    assert password(app) == PASSWORD
    page = manager.get(PATH + "/1")
    assert PASSWORD not in page.html
    assert page.one("[name=password]")["placeholder"] == "留空则保持不变"
    with app.app_context():
        record = db.session.scalars(
            db.select(OperationRecord).filter_by(action="datasource_created")
        ).one()
        assert record.details["host"] == "10.0.0.5"
        assert "password" not in record.details


@pytest.mark.parametrize(("db_type", "port"), [("mysql", 3306), ("postgresql", 5432)])
def test_an_empty_port_is_the_usual_one(app, manager, db_type, port):
    create(manager, db_type=db_type, port="")
    assert stored(app).port == port


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"name": ""}, "name"),
        ({"name": "x" * 65}, "name"),
        ({"name": "a\x00"}, "name"),
        ({"db_type": "oracle"}, "db_type"),
        ({"host": ""}, "host"),
        ({"host": "http://db.internal"}, "host"),
        ({"host": "db.internal:3306"}, "host"),
        ({"host": "a b"}, "host"),
        ({"host": "user@db"}, "host"),
        ({"host": "数据库"}, "host"),
        ({"host": "１２７.0.0.1"}, "host"),
        ({"host": "a" * 256}, "host"),
        ({"port": "0"}, "port"),
        ({"port": "65536"}, "port"),
        ({"port": "-1"}, "port"),
        ({"port": "33o6"}, "port"),
        ({"port": "３３０６"}, "port"),
        ({"username": ""}, "username"),
        ({"database": "x" * 256}, "database"),
    ],
)
def test_bad_input_is_named_beside_its_field_and_kept(app, manager, values, field):
    page = create(manager, 422, **values)
    assert list(page.errors) == [field]
    if field != "db_type":
        assert page.one(f"[name={field}]")["value"] == values[field].rstrip("\x00")
        assert page.one("[name=db_type] [selected]")["value"] == "mysql"
    assert page.one("[name=password]").get("value", "") == ""
    assert stored(app) is None


@pytest.mark.parametrize(
    "host",
    ["127.0.0.1", "127.1", "2130706433", "0x7f000001", "localhost", "db.localhost", "0.0.0.0",
     "::1", "[::1]", "::ffff:127.0.0.1", "169.254.169.254", "fe80::1", "fe80::1%eth0",
     "100.100.100.200", "fd00:ec2::254", "metadata.google.internal", "224.0.0.1",
     "255.255.255.255", "64:ff9b::a00:1", "2002:7f00:1::"],
)  # fmt: skip
def test_loopback_link_local_and_metadata_are_refused(app, manager, host):
    page = create(manager, 422, host=host)
    assert page.errors["host"].startswith("不允许连接")
    assert stored(app) is None


@pytest.mark.parametrize("host", ["10.1.2.3", "192.168.0.9", "fd00::5", "db-1.internal", "my_db"])
def test_private_networks_are_where_databases_live(app, manager, host):
    create(manager, host=host)
    assert stored(app).host == host


def test_two_data_sources_of_a_project_differ_in_name(app, manager, admin):
    create(manager)
    page = create(manager, 422)
    assert list(page.errors) == ["name"]
    create(manager, name="从库")
    page = manager.get(PATH + "/2").form(has="db_type").fill(name="主库", host="10.9.9.9",
                                                             password="p").send(422)  # fmt: skip
    assert list(page.errors) == ["name"]
    assert page.one("[name=host]")["value"] == "10.9.9.9"
    assert "从库" in manager.get(PATH).text
    form = admin.get("/projects/other/datasources/new").form(has="db_type")
    form.fill(name="主库", host="10.0.0.1", username="u").send()


@pytest.mark.parametrize("change", [{"host": "10.0.0.6"}, {"port": "3308"}, {"username": "root"}])
def test_another_address_asks_for_the_password_again(app, manager, change):
    create(manager)
    page = edit(manager, 422, **change)
    assert list(page.errors) == ["password"]
    assert stored(app).host == "10.0.0.5"
    edit(manager, password="CANARY-second", **change)
    assert password(app) == "CANARY-second"


def test_other_changes_keep_the_password(app, manager):
    create(manager)
    edit(manager, name="改名", database="crm")
    assert password(app) == PASSWORD
    assert stored(app).database == "crm"


class TestSqlite:
    """A file inside PORTAL_SQLITE_DIR and nothing else."""

    @pytest.fixture
    def folder(self, app, tmp_path):
        folder = tmp_path / "instance" / "datasources"
        (folder / "sub").mkdir(parents=True)
        (tmp_path / "secret.db").write_text("")
        (folder / "link.db").symlink_to(tmp_path / "secret.db")
        (folder / "out").symlink_to(tmp_path)
        (folder / "fine.db").symlink_to(folder / "sub" / "real.db")
        return folder

    def create(self, manager, database, status=302, **values):
        typed = {"db_type": "sqlite", "host": "", "port": "", "username": "", "password": ""}
        return create(manager, status, **(typed | {"database": database} | values))

    @pytest.mark.parametrize(
        ("database", "kept"),
        [("demo.db", "demo.db"), ("sub/demo.db", "sub/demo.db"), ("fine.db", "sub/real.db"),
         ("./demo.db", "demo.db"), ("sub/../demo.db", "demo.db")],
    )  # fmt: skip
    def test_a_name_inside_is_taken(self, app, manager, folder, database, kept):
        self.create(manager, database)
        assert stored(app).database == kept
        assert (stored(app).host, stored(app).port) == ("", None)

    def test_a_full_path_is_taken(self, app, manager, folder):
        self.create(manager, str(folder / "demo.db"))
        assert stored(app).database == "demo.db"

    @pytest.mark.parametrize(
        "database",
        ["", ".", "sub", "..", "../portal.db", "../../secret.db", "/etc/passwd", "link.db",
         "out/secret.db", ":memory:/../../x", "file:demo.db", "..\\portal.db",
         "sub/../../portal.db", "a" * 255 + "/x", "a\x00.db"],
    )  # fmt: skip
    def test_everything_else_is_refused(self, app, manager, folder, database):
        page = self.create(manager, database, 422)
        assert list(page.errors) == ["database"]
        assert stored(app) is None

    def test_a_left_over_address_is_not_kept(self, app, manager, folder):
        self.create(manager, "demo.db", host="10.0.0.1", port="3306", username="u", password="p")
        kept = stored(app)
        assert (kept.host, kept.port, kept.username, kept.password_encrypted) == ("", None, "", "")


def test_who_sees_and_edits_what(app, manager, sign_in, visitor, admin):
    create(manager)
    member, stranger = sign_in("li"), sign_in("stranger")
    page = member.get(PATH)
    assert "主库" in page.text
    assert not page.select(f'a[href^="{PATH}/"]')
    for path in (PATH + "/new", PATH + "/1"):
        member.get(path, status=403)
        member.post(path, {"name": "x"}, status=403)
        stranger.get(path, status=404)
        stranger.post(path, {"name": "x"}, status=404)
        assert visitor.get(path).path.startswith("/login")
    stranger.get(PATH, status=404)
    admin.get("/projects/other/datasources/1", status=404)
    for id in ("99", "9" * 30, "-1", "x"):
        admin.get(f"{PATH}/{id}", status=404)
