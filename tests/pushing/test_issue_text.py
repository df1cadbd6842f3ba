"""What an issue says: judged by a reader of CommonMark, for any SQL and any names."""

from __future__ import annotations

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from portal.domain import issue_text
from portal.domain.settings import save_global
from portal.extensions import db
from portal.kit.card_texts import harmless
from portal.models import (
    DataSource,
    DbType,
    Level,
    Member,
    ProblemIssue,
    ProblemSql,
    Project,
    Role,
    Ticket,
)

KEY = "Pabc123-Q17"
# What Markdown or HTML could take for its own, more often than chance would bring it.
SPECIAL = st.sampled_from(
    ["`", "```", "````sql", "~~~", "|", "\n", "\r\n", "- ", "# ", "<b>", "</script>", "&amp;", "\\",
     "[x](y)", "![", "*", "_", "    ", "\t", "> ", "1. ", "---", "http://x.y", "\u2028", "😀"]
)  # fmt: skip
TEXT = st.lists(st.one_of(SPECIAL, st.text(max_size=12)), max_size=25).map("".join)


def issue(sql="SELECT 1", source="订单库", schema="", message="没有 WHERE 条件", count=3):
    problem = ProblemSql(
        id=17,
        project=Project(name="pay", title="支付系统"),
        datasource=DataSource(name=source, db_type=DbType.MYSQL, database="orders"),
        schema=schema,
        sql=sql,
        level=Level.ERROR,
        findings=[{"rule": "r", "level": "error", "message": message, "english": ""}],
        count=count,
        ticket=Ticket(number=5, subject="改价"),
    )
    return ProblemIssue(problem=problem, key=KEY)


def read(app, one: ProblemIssue) -> tuple[list[str], list[str]]:
    """The contents of its code blocks, and what stands in its paragraphs and bullets."""
    with app.test_request_context():
        tokens = MarkdownIt("commonmark").parse(issue_text.description(one))
        db.session.rollback()
    kinds = {token.type for token in tokens if token.nesting >= 0}
    assert kinds <= {"bullet_list_open", "list_item_open", "paragraph_open", "inline", "fence"}
    fences = [token.content for token in tokens if token.type == "fence"]
    return fences, [_seen(token) for token in tokens if token.type == "inline"]


def _seen(token) -> str:
    """Only text, and what the description itself marks."""
    kinds = {one.type for one in token.children}
    assert kinds <= {"text", "text_special", "strong_open", "strong_close", "link_open",
                     "link_close"}  # fmt: skip
    return "".join(one.content for one in token.children)


def as_read(sql: str) -> str:
    """Line ends, and what no encoder takes, are all that may differ."""
    return harmless(sql).replace("\r\n", "\n").replace("\r", "\n").rstrip("\n") + "\n"


@settings(
    max_examples=400,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(sql=TEXT, source=TEXT, schema=TEXT, message=TEXT)
def test_nothing_in_it_breaks_the_shape_of_the_rest(context, sql, source, schema, message):
    fences, said = read(context, issue(sql, source, schema, message))
    one_line = issue_text.one_line
    assert fences == [as_read(sql)]
    assert said == [
        f"数据源：{one_line(source)}".strip(),
        f"数据库：{one_line(schema or 'orders')}".strip(),
        "审核等级：错误",
        "出现次数：3",
        f"来源工单：#5 {one_line('改价')}",
        "SQL",
        "审核结果",
        f"[错误] {one_line(message)}".strip(),
        "没有设置全局 URL，无法附上门户的链接",
        f"编号：{KEY}",
    ]


@settings(
    max_examples=200,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(source=TEXT, schema=TEXT, message=TEXT)
def test_a_title_is_one_short_line_that_ends_with_the_key(context, source, schema, message):
    with context.test_request_context():
        title = issue_text.title(issue("SELECT 1", source, schema, message))
    assert len(title) <= issue_text.TITLE_LIMIT
    assert title.split()[-1] == KEY
    assert title.isprintable() or not any(char in title for char in "\r\n\t\u2028")


def test_the_link_leads_back_to_the_problem(context):
    boss = Member(username="boss", password_hash="-", role=Role.ADMIN)
    with context.test_request_context():
        db.session.add(boss)
        save_global("https://portal.example.com/(a)", 2160, boss)
        text = issue_text.description(issue())
        db.session.rollback()
    assert "[在门户中查看](<https://portal.example.com/(a)/projects/pay/problems/17>)" in text


def test_very_long_sql_says_that_it_was_cut(context):
    with context.test_request_context():
        text = issue_text.description(issue("SELECT '" + "x" * 50_000 + "'"))
        db.session.rollback()
    assert len(text) < issue_text.SQL_LIMIT + 1000
    assert "SQL 共 50009 个字符" in text


def test_many_findings_say_how_many_are_left_out(context):
    one = issue()
    one.problem.findings *= 35
    _fences, said = read(context, one)
    assert "还有 5 条，请在门户中查看" in said
