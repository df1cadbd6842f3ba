"""What holds for every rule: its examples, its texts, its place in a profile."""

import re

import pytest

from portal.sqlaudit import RULES, Level, audit
from portal.sqlaudit.rules.registry import DIALECTS, Rule, add

EXAMPLES = [(rule, dialect) for rule in RULES.values() for dialect in sorted(rule.dialects)]
CHINESE = re.compile(r"[一-鿿]")
every_rule = pytest.mark.parametrize("rule", RULES.values(), ids=lambda rule: rule.id)
every_example = pytest.mark.parametrize(
    ("rule", "dialect"), EXAMPLES, ids=[f"{rule.id}-{dialect}" for rule, dialect in EXAMPLES]
)


def found(sql: str, dialect: str, rule: Rule) -> set[str]:
    """The ids that are found while this rule is on."""
    statements = audit(sql, dialect, {rule.id: rule.level}).statements
    return {one.rule for statement in statements for one in statement.findings}


@every_example
def test_the_bad_example_breaks_the_rule(rule, dialect):
    ids = found(rule.bad, dialect, rule)
    assert rule.id in ids
    assert rule.id == "syntax" or "syntax" not in ids or rule.on, "an example should parse"


@every_example
def test_the_good_example_does_not(rule, dialect):
    assert not {rule.id, "syntax", "not_read"} & found(rule.good, dialect, rule)


@every_rule
def test_every_rule_is_told_in_both_languages(rule):
    assert re.fullmatch(r"[a-z]+(_[a-z]+)*", rule.id)
    for text in (rule.family, rule.title, rule.reason):
        assert CHINESE.search(str(text))
    assert str(rule.reason).endswith("。")
    assert not str(rule.title).endswith("。")
    assert rule.english
    assert not CHINESE.search(rule.english)
    assert rule.dialects
    assert rule.dialects <= DIALECTS
    assert rule.level != Level.NORMAL


def test_there_are_many_rules_and_a_family_stands_together():
    assert len(RULES) >= 45
    families = [str(rule.family) for rule in RULES.values()]
    starts = [one for at, one in enumerate(families) if at == 0 or families[at - 1] != one]
    assert len(starts) == len(set(starts))


def test_a_finding_names_what_offends_in_both_languages():
    (statement,) = audit("DELETE FROM shop.orders", "mysql").statements
    (finding,) = statement.findings
    assert finding.message == "UPDATE 或 DELETE 没有 WHERE 条件，会影响整张表：shop.orders"
    assert finding.english.endswith("changes the whole table: shop.orders")


def test_a_finding_names_three_and_counts_the_rest():
    columns = ", ".join(f"c{number} enum('a')" for number in range(7))
    (statement,) = audit(f"CREATE TABLE t (id bigint PRIMARY KEY, {columns})", "mysql").statements
    (finding,) = [one for one in statement.findings if one.rule == "enum_column"]
    assert finding.message.endswith("：t.c0、t.c1、t.c2 等 7 处")
    assert finding.english.endswith(": t.c0, t.c1, t.c2 and 4 more")


def test_a_long_name_does_not_make_a_long_sentence():
    (statement,) = audit(f"DELETE FROM {'t' * 5000}", "mysql").statements
    assert all(len(one.message) < 200 for one in statement.findings)


def test_the_worst_finding_stands_first_and_gives_the_level():
    (statement,) = audit("DELETE FROM t WHERE a IN (SELECT * FROM b); ", "mysql").statements
    assert statement.level == Level.NOTICE
    (statement,) = audit("DELETE FROM t ORDER BY (SELECT * FROM b)", "mysql").statements
    assert [one.level for one in statement.findings] == [Level.ERROR, Level.NOTICE]
    assert statement.level == Level.ERROR


def test_two_rules_cannot_share_an_id():
    with pytest.raises(ValueError, match="select_star"):
        add(RULES["select_star"])
