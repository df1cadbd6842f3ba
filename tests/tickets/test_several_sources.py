"""A ticket for several data sources: tasks-N-… beside the first one's fields."""

import pytest
from sqlalchemy import select

from portal.extensions import db
from portal.models import Ticket, TicketTask

NEW = "/projects/pay/tickets/new"
SQL = "UPDATE t SET a = 1 WHERE id = 2"


@pytest.fixture
def ids(shop) -> dict[str, str]:
    """Data source → its id."""
    return shop.add_sources(归档库="mysql", 报表库="postgresql")


@pytest.fixture
def form(shop, ids):
    """The form with a first task of the 订单库."""
    found = shop.sign_in("creator").get(NEW).form(has="subject")
    return found.fill(subject="改数据", sql=SQL, datasource=ids["订单库"])


def filed(shop) -> list[tuple[str, str, str]]:
    with shop.app.app_context():
        tasks = db.session.scalars(select(TicketTask).order_by(TicketTask.id))
        return [(task.datasource.name, task.schema, task.sql) for task in tasks]


def test_every_control_is_in_the_page_at_once(form):
    names = {name for name in form.values if name.startswith("tasks-")}
    parts = ("datasource", "schema", "sql", "sql_file")
    assert names == {f"tasks-{number}-{part}" for number in range(1, 5) for part in parts}
    assert len(form.tag.select("details")) == 4


def test_an_empty_sql_is_the_first_ones(shop, form, ids):
    more = {"tasks-1-datasource": ids["归档库"], "tasks-2-datasource": ids["报表库"]}
    page = form.fill(**more, **{"tasks-2-sql": "SELECT a FROM r"}).send()
    assert filed(shop) == [
        ("订单库", "", SQL), ("归档库", "", SQL), ("报表库", "", "SELECT a FROM r"),
    ]  # fmt: skip
    assert len(page.select("[data-task-status=wait_for_audit]")) == 3
    heads = [" ".join(one.get_text().split()) for one in page.select(".task-head h3")]
    assert heads == [f"{name} · 共 1 条语句" for name in ("订单库", "归档库", "报表库")]


def test_rows_may_have_any_numbers_and_count_in_their_order(shop, form, ids):
    fields = {
        "tasks-12-datasource": ids["报表库"],
        "tasks-0-datasource": ids["归档库"],
        "tasks-9-datasource": ids["订单库"],
        "tasks-9-schema": "other",
    }
    for name, value in fields.items():
        form.values.setlist(name, [value])
    form.send()
    assert [task[:2] for task in filed(shop)] == [
        ("订单库", ""), ("归档库", ""), ("订单库", "other"), ("报表库", ""),
    ]  # fmt: skip


def test_a_file_is_the_sql_of_its_own_row(shop, form, ids):
    form.fill(**{"tasks-1-datasource": ids["归档库"], "tasks-1-sql_file": (b"SELECT 2", "b.sql")})
    form.send()
    assert [task[2] for task in filed(shop)] == [SQL, "SELECT 2"]


REFUSED = {
    "twice": ({"datasource": "订单库"}, "datasource", "第 1 个数据源重复"),
    "twice, by its own name": ({"datasource": "订单库", "schema": "shop"}, "datasource", "重复"),
    "no data source": ({"sql": "SELECT 1"}, "datasource", "请选择数据源"),
    "only a schema": ({"schema": "s"}, "datasource", "请选择数据源"),
    "foreign": ({"datasource": "999"}, "datasource", "列表"),
    "blank": ({"datasource": "归档库", "sql": "-- nothing"}, "sql", "空白或注释"),
    "controls": ({"datasource": "归档库", "sql": "SELECT '\x00'"}, "sql", "不能保存"),
    "long schema": ({"datasource": "归档库", "schema": "x" * 129}, "schema", "128"),
    "statements": ({"datasource": "归档库", "sql": "SELECT 1;" * 2000}, "sql", "加起来"),
    "size": ({"datasource": "归档库", "sql": f"SELECT '{'x' * 2**21}'"}, "sql", "加起来最多 2 MB"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_a_wrong_row_gets_its_sentence_and_nothing_is_lost(shop, form, ids, case):
    typed, field, part = REFUSED[case]
    with shop.app.app_context():
        shop.source("订单库").database = "shop"
        db.session.commit()
    fields = {f"tasks-2-{name}": ids.get(value, value) for name, value in typed.items()}
    for name, value in fields.items():
        form.values.setlist(name, [value])
    page = form.send(422)
    assert list(page.errors) == [f"tasks-2-{field}"]
    assert part in page.errors[f"tasks-2-{field}"]
    kept = page.form(has="subject").values
    for name, value in (fields | {"sql": SQL, "subject": "改数据"}).items():
        if value != "999" and "\0" not in value:
            assert kept[name] == value
    assert page.select("details[open] [name=tasks-2-sql]"), "what is wrong is not folded away"
    assert shop.numbers() == []


@pytest.mark.parametrize(
    ("content", "part"),
    [("中文".encode("gbk"), "UTF-8"), (b"x" * (2**21 + 1), "2 MB"), (b"", "空的")],
)
def test_a_wrong_file_of_a_row_gets_its_sentence(shop, form, ids, content, part):
    typed = {"tasks-3-datasource": ids["归档库"], "tasks-3-sql_file": (content, "a.sql")}
    page = form.fill(**typed).send(422)
    assert list(page.errors) == ["tasks-3-sql_file"]
    assert part in page.errors["tasks-3-sql_file"]


def test_text_and_file_of_one_row_are_refused(form, ids):
    typed = {"tasks-3-datasource": ids["归档库"], "tasks-3-sql_file": (b"SELECT 3", "a.sql")}
    page = form.fill(**typed, **{"tasks-3-sql": "SELECT 1"}).send(422)
    assert "只能填一个" in page.errors["tasks-3-sql_file"]
    assert page.form(has="subject").values["tasks-3-sql"] == "SELECT 1"


def test_a_rows_file_is_kept_as_text_when_another_field_is_wrong(form, ids):
    typed = {"tasks-1-datasource": ids["归档库"], "tasks-1-sql_file": (b"SELECT 3", "a.sql")}
    page = form.fill(subject=" ", **typed).send(422)
    assert list(page.errors) == ["subject"]
    assert page.form(has="subject").values["tasks-1-sql"] == "SELECT 3"


def test_at_most_ten(shop, form, ids):
    for number in range(1, 11):
        form.values.setlist(f"tasks-{number}-datasource", [ids["归档库"]])
        form.values.setlist(f"tasks-{number}-schema", [f"s{number}"])
    page = form.without_files().send(422)
    assert "最多 10 个" in page.errors["tasks-10-datasource"]
    again = page.form(has="subject").without_files()
    again.values.setlist("tasks-10-datasource", [""])
    again.values.setlist("tasks-10-schema", [""])
    again.send()
    assert len(filed(shop)) == 10


@pytest.mark.parametrize("name", ["tasks-01-sql", "tasks-x-sql", "tasks-1-sql-2", "tasks-٣-sql"])
def test_what_has_no_place_is_refused_rather_than_dropped(shop, form, name):
    form.values.setlist(name, ["SELECT 1"])
    page = form.send(422)
    assert name in page.errors["form"]
    assert shop.numbers() == []


def test_hundreds_of_rows_make_no_large_page(shop, form, ids):
    for number in range(300):
        form.values.setlist(f"tasks-{number}-sql", ["SELECT 1"])
    page = form.without_files().send(422)
    assert "form" in page.errors
    assert len(page.select("fieldset")) <= 25
    assert shop.numbers() == []


def test_each_refused_level_stands_beside_its_own_sql(shop, form, ids):
    shop.allow("notice")
    more = {"tasks-1-datasource": ids["归档库"], "tasks-1-sql": "DELETE FROM t"}
    more |= {"tasks-2-datasource": ids["报表库"], "tasks-2-sql": "DELETE FROM u"}
    page = form.fill(**more).send(422)
    assert list(page.errors) == ["tasks-1-sql", "tasks-2-sql"]
    assert len(page.select("#audit-result .audit-refused")) == 2
    assert shop.numbers() == []


def test_the_filed_ticket_is_the_creators_one(shop, form, ids):
    form.fill(**{"tasks-1-datasource": ids["归档库"]}).without_files()
    first, second = form.send(), form.send()
    assert first.path == second.path
    with shop.app.app_context():
        assert len(db.session.scalars(select(Ticket)).one().tasks) == 2
