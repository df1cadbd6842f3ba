"""The audit result as a table for a spreadsheet."""

import csv
import io

from sqlalchemy import select, update

from portal.extensions import db
from portal.models import DataSource, TicketStatement

PATH = "/projects/pay/tickets/1/audit.csv"
HEADER = ["数据源", "schema", "序号", "SQL", "等级", "规则", "说明", "English"]


def fetched(shop, username: str = "lead"):
    return shop.sign_in(username).client.get(PATH)


def rows(shop) -> list[list[str]]:
    text = fetched(shop).data.decode("utf-8-sig")
    return list(csv.reader(io.StringIO(text, newline="")))


def store(shop, **values) -> None:
    """Other values in the stored statements."""
    with shop.app.app_context():
        db.session.execute(update(TicketStatement).values(**values))
        db.session.commit()


def test_it_is_a_file_for_excel(shop):
    shop.file()
    link = shop.visit("lead", 1).one(f'a[href="{PATH}"]')
    assert "CSV" in link.get_text()
    answer = fetched(shop)
    assert answer.data.startswith(b"\xef\xbb\xbf")
    assert answer.mimetype == "text/csv"
    assert answer.headers["Content-Disposition"] == 'attachment; filename="pay-1-audit.csv"'


def test_one_row_a_finding_and_one_for_a_statement_without(shop):
    shop.add_sources(报表库="postgresql")
    shop.file("SELECT a FROM t; DELETE FROM t", more={"报表库": "SELECT * FROM r"})
    header, *found = rows(shop)
    assert header == HEADER
    assert found[0] == ["订单库", "", "1", "SELECT a FROM t", "正常", "", "", ""]
    assert found[1][:5] == ["订单库", "", "2", "DELETE FROM t", "错误"]
    assert found[1][5], "the rule"
    assert "没有 WHERE 条件" in found[1][6]
    assert found[-1][:5] == ["报表库", "", "1", "SELECT * FROM r", "提示"]


def test_each_finding_in_both_languages(shop):
    shop.file()
    findings = [
        {"rule": "one", "level": "error", "message": "中文", "english": "In English"},
        {"rule": "two", "level": "notice", "message": "旧的"},
    ]
    store(shop, findings=findings)
    assert [row[4:] for row in rows(shop)[1:]] == [
        ["错误", "one", "中文", "In English"],
        ["提示", "two", "旧的", ""],
    ]
    page = shop.visit("lead", 1)
    assert page.one(".finding-english").get_text() == "In English"
    assert page.one(".finding-english")["lang"] == "en"


def test_quotes_newlines_and_emoji_come_through(shop):
    sql = 'SELECT "a",\n\'b;\r\n😀\''
    shop.file(sql)
    assert rows(shop)[1][3] == sql


def test_a_formula_stays_text(shop):
    shop.file()
    with shop.app.app_context():
        db.session.scalars(select(DataSource)).one().name = "=HYPERLINK(1)"
        db.session.commit()
    for sign in "=+-@\t\r":
        evil = f"{sign}cmd|' /C calc'!A0"
        finding = {"rule": evil, "level": "error", "message": evil, "english": evil}
        store(shop, sql=evil, findings=[finding])
        row = rows(shop)[1]
        assert row[0] == "'=HYPERLINK(1)"
        assert [row[3], *row[5:]] == ["'" + evil] * 4


def test_a_cell_is_no_longer_than_excel_takes(shop):
    shop.file("SELECT '" + "汉" * 500_000 + "'")
    assert len(rows(shop)[1][3]) == 32_001


def test_a_large_ticket_is_a_quick_file(shop):
    shop.file(";\n".join(f"DELETE FROM t{number}" for number in range(2000)))
    assert len(rows(shop)) >= 2001


def test_it_is_for_members_of_the_project_only(shop):
    shop.file()
    assert fetched(shop, "stranger").status_code == 404
    assert fetched(shop, "boss").status_code == 200
    assert shop.sign_in("lead").client.get(PATH.replace("/1/", "/2/")).status_code == 404
