"""上传 SQL 快捷审核: files of SQL and lists of slow queries."""

import io
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from sqlalchemy import event

from portal.domain import quick_audit, rules
from portal.extensions import db
from portal.models import OperationRecord, ProblemStatus
from tests.problems.conftest import LIST

LOG = """# Time: 2026-11-01T02:03:04.000001Z
# User@Host: app[app] @ web [10.0.0.9]  Id:     8
# Query_time: 2.000161  Lock_time: 0.000004 Rows_sent: 1  Rows_examined: 900000
use orders;
SET timestamp=1793498584;
SELECT * FROM o ORDER BY rand();
# User@Host: app[app] @ web [10.0.0.9]  Id:     8
# Query_time: 2.000161  Lock_time: 0.000004 Rows_sent: 1  Rows_examined: 900000
SET timestamp=1793498584;
SELECT *  FROM o order by rand();
# User@Host: app[app] @ web [10.0.0.9]  Id:     8
# Query_time: 2.000161  Lock_time: 0.000004 Rows_sent: 1  Rows_examined: 900000
SET timestamp=1793498584;
SELECT id FROM o WHERE id = 1;
"""


def send(visitor, content, answer=302, name="a.sql", **values):
    if isinstance(content, str):
        content = content.encode()
    form = visitor.get(LIST).form(has="sql_file").without_files()
    return form.fill(sql_file=(content, name), **values).send(answer)


def test_a_file_of_sql_is_judged_whole(shop, problems):
    visitor = shop.sign_in("onlooker")
    sql = "SELECT a FROM t WHERE id = 1;DELETE FROM c;delete from c -- again\n;UPDATE t SET a = 1"
    page = send(visitor, "\ufeff" + sql)
    assert page.flashes == [
        ("success", "审核了 4 条语句，3 条有问题，新增 2，再次出现 0。"),
    ]
    assert [(one.sql, one.count, one.source) for one in problems.all()] == [
        ("delete from c -- again", 2, "sql_file"),
        ("UPDATE t SET a = 1", 1, "sql_file"),
    ]
    page = send(visitor, sql)
    assert "新增 0，再次出现 2" in page.flashes[0][1]
    first, second = problems.records("problems_uploaded")
    assert first.details["new"] == second.details["again"] == 2
    assert "来源： SQL 文件" in shop.sign_in("boss").get("/settings/records").text


def test_a_slow_log_is_counted_in_its_schema(shop, problems):
    page = send(shop.sign_in("lead"), LOG, name="slow.log")
    said = "读取了 3 条慢查询，审核了 2 条语句，1 条有问题，新增 1，再次出现 0。"
    assert page.flashes == [("success", said)]
    (only,) = problems.all()
    assert (only.count, only.schema, only.source) == (2, "orders", "slow_log")
    assert "慢查询" in page.one("tr[data-problem]").get_text()


def test_a_table_of_slow_queries(shop, problems):
    table = "Query,Count,DB\nSELECT * FROM a,40,x\nselect * from a,2,x\nSELECT * FROM a,1,y\n"
    page = send(shop.sign_in("lead"), table, name="slow.csv")
    assert "读取了 3 条慢查询" in page.flashes[0][1]
    assert [(one.schema, one.count) for one in problems.all()] == [("x", 42), ("y", 1)]


def test_the_schema_of_the_form_is_for_those_that_name_none(shop, problems):
    send(shop.sign_in("lead"), "sql,db\nSELECT * FROM a,\nSELECT * FROM b,y", schema="x")
    assert [one.schema for one in problems.all()] == ["x", "y"]


def test_the_rules_are_the_projects(shop, problems):
    with shop.app.test_request_context():
        rules.save(shop.project(), {"select_star": "off"}, shop.member("boss"))
        db.session.commit()
    page = send(shop.sign_in("lead"), "SELECT * FROM a WHERE id = 1 LIMIT 1")
    assert "0 条有问题" in page.flashes[0][1]


def test_a_solved_problem_comes_back(shop, problems):
    visitor = shop.sign_in("lead")
    send(visitor, "DELETE FROM c")
    problems.change(1, status=ProblemStatus.SOLVED)
    page = send(visitor, "DELETE FROM c")
    (only,) = problems.all()
    assert only.status == "unhandled"
    assert "再次出现" in page.one("tr[data-problem]").get_text()
    assert [one.details for one in problems.records("problem_reopened")] == [{"source": "sql_file"}]


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "文件是空的"),
        (b"  \n", "文件是空的"),
        (b"\xff\xfe", "UTF-8"),
        (b"-- only a remark", "只有空白或注释"),
        (b"SELECT \x00", "NUL"),
        (b"x" * (2 * 1024 * 1024 + 1), "2 MB"),
        (b"SELECT 1;" * 2001, "2000"),
        (b"sql,count\n,\n", "没有找到慢查询"),
        (b"# Query_time: 3\n", "没有找到慢查询"),
        ("sql\n" + "".join(f"SELECT * FROM t{n}\n" for n in range(2001)), "2000"),
    ],
)
def test_a_refused_file_says_why(shop, problems, content, sentence):
    page = send(shop.sign_in("lead"), content, 422, schema="typed")
    assert sentence in page.errors["sql_file"]
    assert page.select("#upload[open]")
    assert page.one("#upload-schema")["value"] == "typed"
    assert problems.all() == []
    assert problems.records("problems_uploaded") == []


def test_no_file_was_chosen(shop):
    form = shop.sign_in("lead").get(LIST).form(has="sql_file").without_files()
    assert "请选择要审核的文件" in form.send(422).errors["sql_file"]


def test_a_data_source_must_be_chosen(shop, problems):
    shop.add_sources(归档库="sqlite")
    visitor = shop.sign_in("lead")
    assert list(send(visitor, "DELETE FROM c", 422).errors) == ["datasource"]
    fields = {"datasource": "99"}
    assert "datasource" in visitor.post(f"{LIST}/upload", fields, 422).errors


def test_a_project_without_data_sources_says_so(shop):
    page = shop.sign_in("boss").get("/projects/default/problems")
    assert "还没有数据源" in page.text
    assert not page.select("[name=sql_file]")
    shop.sign_in("boss").post("/projects/default/problems/upload", {}, 422)


def test_what_cannot_be_judged_is_counted(shop, problems):
    rows = "sql\n-- nothing\nSELECT * FROM a\n"
    page = send(shop.sign_in("lead"), rows)
    assert "1 条过长或过于复杂，没有审核" in page.flashes[0][1]


def test_no_transaction_is_open_while_it_is_judged(shop, monkeypatch):
    with shop.app.app_context():
        engine = db.engine
    open_ones, seen = set(), []
    event.listen(engine, "begin", lambda connection: open_ones.add(id(connection.connection)))
    for name in ("commit", "rollback"):
        event.listen(engine, name, lambda connection: open_ones.discard(id(connection.connection)))
    judge = quick_audit.judge

    def watched(*facts):
        seen.append(len(open_ones))
        return judge(*facts)

    monkeypatch.setattr(quick_audit, "judge", watched)
    send(shop.sign_in("lead"), "DELETE FROM c")
    assert seen == [0]


def test_many_entries_end_with_a_sentence(shop, problems, monkeypatch):
    monkeypatch.setattr(quick_audit, "MOST_ENTRIES", 3)
    page = send(shop.sign_in("lead"), "sql\n" + "SELECT 1\n" * 4, 422)
    assert "3 条慢查询" in page.errors["sql_file"]
    monkeypatch.setattr(quick_audit, "SECONDS", 0)
    page = send(shop.sign_in("lead"), "sql\nSELECT 1\nSELECT 2\n", 422)
    assert "时间上限" in page.errors["sql_file"]


def test_a_double_click_counts_once(shop, problems):
    visitor = shop.sign_in("lead")
    form = visitor.get(LIST).form(has="sql_file").without_files()
    form = form.fill(sql_file=(b"DELETE FROM c", "a.sql"))
    first, second = form.send(), form.fill(sql_file=(b"DELETE FROM c", "a.sql")).send()
    assert first.path == second.path == LIST
    assert "没有重复计数：审核了 1 条语句，新增 1，再次出现 0" in second.flashes[0][1]
    assert [one.count for one in problems.all()] == [1]
    assert len(problems.records("problems_uploaded")) == 1
    # Another file from the same page, and the same file from a new page, count.
    form.fill(sql_file=(b"DELETE FROM d", "a.sql")).send()
    send(visitor, "DELETE FROM c")
    assert [one.count for one in problems.all()] == [2, 1]


def test_a_minute_later_or_from_somebody_else_it_counts(shop, problems):
    def upload(who: str) -> None:
        file = [(io.BytesIO(b"DELETE FROM c"), "a.sql")]
        fields = {"datasource": "1", "nonce": "n", "sql_file": file}
        shop.sign_in(who).post(f"{LIST}/upload", fields)

    upload("lead")
    upload("dba")
    with shop.app.app_context():
        for one in db.session.query(OperationRecord).filter_by(action="problems_uploaded"):
            one.at -= timedelta(seconds=61)
        db.session.commit()
    upload("lead")
    upload("lead")
    assert [one.count for one in problems.all()] == [3]


def test_a_double_click_at_once_counts_once(shop, problems, monkeypatch):
    """The second one is judged before the first one is kept."""
    visitors, judge = [shop.sign_in("lead"), shop.sign_in("lead")], quick_audit.judge
    meeting = Barrier(2, timeout=20)

    def together(*facts):
        meeting.wait()
        return judge(*facts)

    def upload(visitor) -> None:
        file = [(io.BytesIO(b"DELETE FROM c"), "a.sql")]
        fields = {"datasource": "1", "nonce": "n", "sql_file": file}
        visitor.post(f"{LIST}/upload", fields)

    monkeypatch.setattr(quick_audit, "judge", together)
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(upload, visitors))
    assert [one.count for one in problems.all()] == [1]
