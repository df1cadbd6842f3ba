"""The list as a table for a spreadsheet."""

import csv
import io

import pytest

from portal.domain import problem_lists
from portal.extensions import db
from portal.models import ProblemStatus
from tests.problems.conftest import LIST


def rows(shop, query: str = "") -> list[dict]:
    answer = shop.sign_in("lead").client.get(f"{LIST}.csv{query}")
    assert answer.mimetype == "text/csv"
    assert answer.headers["Content-Disposition"] == 'attachment; filename="pay-problems.csv"'
    text = answer.data.decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text, newline="")))


def test_it_has_what_the_list_has(shop, problems):
    shop.file('DELETE FROM "a,b"')
    problems.add("SELECT 1", level="notice", source="slow_log")
    problems.change(1, remark="=HYPERLINK(1)", status=ProblemStatus.IGNORED)
    page = shop.sign_in("lead").get(f"{LIST}?level=notice")
    assert page.select(f'a[href="{LIST}.csv?level=notice"]')
    second, first = rows(shop)
    assert first["SQL"] == 'DELETE FROM "a,b"'
    assert (first["来源"], first["工单号"], first["状态"]) == ("工单", "1", "已忽略")
    assert first["备注"] == "'=HYPERLINK(1)"
    assert first["推送状态"] == "未推送"
    assert "没有 WHERE 条件" in second["问题"]
    assert [one["SQL"] for one in rows(shop, "?level=notice")] == ["SELECT 1"]
    assert rows(shop, "?keyword=nowhere") == []


@pytest.mark.parametrize("sign", "=+-@\t\r")
def test_a_formula_stays_text(shop, problems, sign):
    problems.add(f"{sign}cmd|' /C calc'!A0")
    assert rows(shop)[0]["SQL"].startswith(f"'{sign}cmd")


def test_it_goes_on_over_many_rows_and_ends(shop, problems, monkeypatch):
    problems.add(*(f"DELETE FROM t{number}" for number in range(1201)))
    found = rows(shop)
    assert [int(one["编号"]) for one in found] == list(range(1201, 0, -1))
    monkeypatch.setattr(problem_lists, "MOST_ROWS", 700)
    assert len(rows(shop)) == 700


def test_a_cell_is_no_longer_than_excel_takes(shop, problems):
    problems.add("SELECT '" + "汉" * 50_000 + "'")
    assert len(rows(shop)[0]["SQL"]) == 32_001


def test_a_slow_reader_holds_no_connection(shop, problems):
    problems.add(*(f"DELETE FROM t{number}" for number in range(1100)))
    with shop.app.app_context():
        pool = db.engine.pool
    answer = shop.sign_in("lead").client.get(f"{LIST}.csv", buffered=False)
    reader = answer.iter_encoded()
    for _line in range(5):
        next(reader)
    assert pool.checkedout() == 0
    answer.close()


@pytest.mark.parametrize("query", ["assignee=gone", "datasource=9", "status=x", "push=x"])
def test_a_filter_that_is_not_understood_exports_nothing(shop, problems, query):
    problems.add("DELETE FROM a")
    visitor = shop.sign_in("lead")
    link = visitor.get(f"{LIST}?level=error&{query}").one(f'a[href^="{LIST}.csv"]')["href"]
    assert query in link
    answer = visitor.client.get(link)
    assert (answer.status_code, answer.headers["Location"]) == (302, f"{LIST}?level=error")
    ((kind, text),) = visitor.get(f"{LIST}?level=error").flashes
    assert kind == "error"
    assert "已经失效" in text
