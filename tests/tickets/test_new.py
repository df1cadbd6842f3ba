"""Filing a ticket: what is refused keeps what was typed, a double click files one."""

import threading

import pytest
from sqlalchemy import select

from portal.extensions import db
from portal.models import DataSource, Flow, OperationRecord, Ticket

NEW = "/projects/pay/tickets/new"
FIELDS = {
    "subject": "改数据",
    "description": "为什么\n要改",
    "sql": "UPDATE t SET a = 1 WHERE id = 2",
}


def new_form(visitor):
    return visitor.get(NEW).form(has="subject")


def test_a_filed_ticket_shows_its_own_page(shop):
    page = new_form(shop.sign_in("creator")).fill(schema="shop", **FIELDS).send()
    assert page.path == "/projects/pay/tickets/1"
    assert page.h1 == "改数据"
    assert page.flashes == [("success", "工单已提交。")]
    assert page.one("[data-status]")["data-status"] == "wait_for_audit"
    assert "订单库 / shop" in page.text
    assert page.one("pre").get_text() == FIELDS["sql"]
    assert page.one(".ticket-description").get_text() == FIELDS["description"]


def test_the_form_names_the_people_who_will_be_asked(shop):
    page = shop.sign_in("creator").get(NEW)
    items = [" ".join(item.get_text(" ").split()) for item in page.select(".timeline-item")]
    assert [item.split()[-1] for item in items] == ["李组长、王经理", "赵主任", "孙运维"]
    assert items[-1].startswith("上线工单")


@pytest.mark.parametrize(
    ("changed", "field", "part"),
    [
        ({"subject": "  "}, "subject", "请填写"),
        ({"subject": "x" * 201}, "subject", "200"),
        ({"subject": "nul\0"}, "subject", "不能保存"),
        ({"description": "x" * 5001}, "description", "5000"),
        ({"schema": "x" * 129}, "schema", "128"),
        ({"datasource": "999"}, "datasource", "列表"),
        ({"datasource": "nonsense"}, "datasource", "列表"),
        ({"sql": " \n "}, "sql", "请填写"),
        ({"sql": "-- only a comment"}, "sql", "空白或注释"),
        ({"sql": "SELECT '\0'"}, "sql", "不能保存"),
        ({"sql": "SELECT 1;" * 2001}, "sql", "2000"),
        ({"sql": "SELECT '" + "x" * 2**21 + "'"}, "sql", "2 MB"),
    ],
)
def test_what_is_refused_stands_beside_its_field_and_nothing_is_lost(shop, changed, field, part):
    form = new_form(shop.sign_in("creator")).fill(**FIELDS)
    for name, value in changed.items():
        form.values.setlist(name, [value])
    page = form.send(422)
    assert list(page.errors) == [field]
    assert part in page.errors[field]
    kept = page.form(has="subject").values
    for name, value in (FIELDS | changed).items():
        if name != "datasource" and "\0" not in value and name != "subject":
            assert kept[name].replace("\r\n", "\n").strip() == value.strip()
    assert kept["nonce"] == form.values["nonce"]
    assert shop.numbers() == []


def test_a_data_source_of_another_project_is_refused(shop, app):
    with app.app_context():
        other = db.session.scalar(select(Ticket.id)) or shop.project("default").id
        source = DataSource(project_id=other, name="别人的", db_type="mysql")
        db.session.add(source)
        db.session.commit()
        foreign = source.id
    form = new_form(shop.sign_in("creator")).fill(**FIELDS)
    form.values.setlist("datasource", [str(foreign)])
    assert "datasource" in form.send(422).errors


def test_a_file_is_taken_as_sql(shop):
    content = "\ufeffSELECT 1;\r\nSELECT 2".encode()
    form = new_form(shop.sign_in("creator")).fill(subject="文件", sql_file=(content, "a.sql"))
    page = form.send()
    assert [one.get_text() for one in page.select("pre")] == ["SELECT 1", "SELECT 2"]


def test_a_file_of_a_refused_form_is_kept_as_text(shop):
    form = new_form(shop.sign_in("creator")).fill(sql_file=(b"SELECT 1", "a.sql"))
    page = form.send(422)
    assert list(page.errors) == ["subject"]
    assert page.form(has="subject").values["sql"] == "SELECT 1"


def test_a_file_that_is_no_text_is_refused(shop):
    form = new_form(shop.sign_in("creator"))
    page = form.fill(subject="a", sql_file=("select '中文'".encode("gbk"), "a.sql")).send(422)
    assert list(page.errors) == ["sql_file"]
    assert "UTF-8" in page.errors["sql_file"]


@pytest.mark.parametrize(
    ("content", "part"), [(b"x" * (2**21 + 1), "2 MB"), (b"", "空的"), (b"\xef\xbb\xbf \n", "空的")]
)
def test_a_file_that_is_too_large_or_empty_is_refused(shop, content, part):
    form = new_form(shop.sign_in("creator")).fill(subject="a", sql_file=(content, "a.sql"))
    page = form.send(422)
    assert list(page.errors) == ["sql_file"]
    assert part in page.errors["sql_file"]


def test_text_and_file_at_once_are_refused(shop):
    form = new_form(shop.sign_in("creator")).fill(**FIELDS, sql_file=(b"SELECT 1", "a.sql"))
    page = form.send(422)
    assert list(page.errors) == ["sql_file"]
    assert "只能填一个" in page.errors["sql_file"]
    assert page.form(has="subject").values["sql"] == FIELDS["sql"]


def test_findings_worse_than_allowed_are_refused_and_shown(shop, app):
    with app.app_context():
        db.session.scalars(select(Flow)).one().max_level = "notice"
        db.session.commit()
    form = new_form(shop.sign_in("creator"))
    page = form.fill(subject="a", sql="SELECT * FROM t; DELETE FROM t; SELECT a FROM t").send(422)
    assert "最高等级" in page.errors["sql"]
    shown = [" ".join(one.get_text(" ").split()) for one in page.select(".statement")]
    assert len(shown) == 2
    assert "DELETE 没有 WHERE 条件" in shown[0], "the worst one first"
    assert "修改后才能提交" in page.text
    assert shop.numbers() == []
    page = page.form(has="subject").fill(sql="SELECT * FROM t").send()
    assert page.one("[data-status]")["data-status"] == "wait_for_audit"


def test_a_double_click_files_one_ticket(shop, app):
    form = new_form(shop.sign_in("creator")).fill(**FIELDS).without_files()
    first = form.send()
    second = form.send()
    assert second.path == first.path
    assert second.flashes == [("success", "这个表单已经提交过，这是当时创建的工单。")]
    assert shop.numbers() == [1]
    with app.app_context():
        filed = select(OperationRecord).filter_by(action="ticket_submitted")
        assert len(db.session.scalars(filed).all()) == 1


def test_two_clicks_at_the_same_moment_file_one_ticket(shop):
    visitor = shop.sign_in("creator")
    values = dict(new_form(visitor).fill(**FIELDS).without_files().values.items())
    answers = []

    def click():
        client = visitor.app.test_client()
        client._cookies.update(visitor.client._cookies)
        answers.append(client.post(NEW, data=values))

    threads = [threading.Thread(target=click) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {answer.status_code for answer in answers} == {302}
    assert {answer.headers["Location"] for answer in answers} == {"/projects/pay/tickets/1"}
    assert shop.numbers() == [1]


def test_a_form_without_a_nonce_is_filed_all_the_same(shop):
    visitor = shop.sign_in("creator")
    source = visitor.get(NEW).form(has="subject").values["datasource"]
    for expected in (1, 2):
        page = visitor.post(NEW, FIELDS | {"datasource": source})
        assert page.path.endswith(f"/tickets/{expected}")


def test_a_nonce_of_another_project_files_a_ticket_of_its_own(shop, app):
    number = shop.file(nonce="used")
    with app.app_context():
        ticket = db.session.scalars(select(Ticket)).one()
        ticket.project_id = shop.project("default").id
        db.session.commit()
    form = new_form(shop.sign_in("creator")).fill(**FIELDS)
    form.values.setlist("nonce", ["used"])
    page = form.send()
    assert page.path == f"/projects/pay/tickets/{number + 1}"
    assert page.h1 == "改数据"


def test_without_a_data_source_the_page_says_so(shop, app):
    with app.app_context():
        db.session.delete(db.session.scalars(select(DataSource)).one())
        db.session.commit()
    page = shop.sign_in("creator").get(NEW)
    assert "还没有数据源" in page.text
    assert "请联系项目管理员" in page.text
    assert not page.select("[name=sql]")
    page = shop.sign_in("boss").get(NEW)
    assert page.select('a[href="/projects/pay/datasources/new"]')


def test_without_a_flow_the_page_says_so(shop, app):
    with app.app_context():
        db.session.delete(db.session.scalars(select(Flow)).one())
        db.session.commit()
    page = shop.sign_in("creator").get(NEW)
    assert "审批流程模板" in page.text
    assert not page.select("[name=sql]")
    assert shop.sign_in("boss").get(NEW).select('a[href="/projects/pay/flow"]')
    visitor = shop.sign_in("creator")
    page = visitor.post(NEW, FIELDS, 422)
    assert "审批流程模板" in page.text


def test_a_step_whose_people_are_all_disabled_stops_the_form(shop, app):
    with app.app_context():
        shop.member("dba").is_enabled = False
        db.session.commit()
    assert "第 2 步没有可用的处理人" in shop.sign_in("creator").get(NEW).text


def test_strangers_cannot_file(shop):
    stranger = shop.sign_in("stranger")
    stranger.get(NEW, 404)
    stranger.post(NEW, FIELDS, 404)
    assert shop.numbers() == []
