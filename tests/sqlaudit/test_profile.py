"""A project switches rules off and on and gives them another level."""

import pytest

from portal.sqlaudit import RULES, Level, audit


def findings(sql: str, profile: dict | None = None, dialect: str = "mysql") -> dict[str, Level]:
    """Rule id → level of what was found."""
    statements = audit(sql, dialect, profile).statements
    return {one.rule: one.level for statement in statements for one in statement.findings}


def test_a_rule_that_is_off_finds_nothing():
    assert findings("SELECT * FROM t WHERE id = 1") == {"select_star": Level.NOTICE}
    assert findings("SELECT * FROM t WHERE id = 1", {"select_star": "off"}) == {}


def test_a_rule_gets_another_level_and_the_statement_with_it():
    profile = {"select_star": Level.ERROR, "drop_object": "notice"}
    assert findings("SELECT * FROM t", profile) == {"select_star": Level.ERROR}
    assert audit("SELECT * FROM t", "mysql", profile).level == Level.ERROR
    assert findings("DROP TABLE IF EXISTS t", profile) == {"drop_object": Level.NOTICE}


def test_a_rule_that_is_off_by_default_can_be_switched_on():
    assert findings("SELECT a FROM t") == {}
    assert findings("SELECT a FROM t", {"unlimited_select": Level.WARN}) == {
        "unlimited_select": Level.WARN
    }


def test_an_unknown_rule_is_ignored():
    assert findings("SELECT a FROM t", {"of_a_later_version": Level.ERROR, "gone": "off"}) == {}


@pytest.mark.parametrize("wanted", ["off", Level.NOTICE, Level.NORMAL])
def test_a_syntax_error_stays_an_error(wanted):
    assert findings("SELEC 1", {"syntax": wanted}) == {"syntax": Level.ERROR}


def test_an_executable_comment_changes_its_level_but_is_never_silent():
    sql = "DELETE /*! LOW_PRIORITY */ FROM t WHERE id = 1"
    rule = "executable_comment"
    assert findings(sql, {rule: "off"}) == {rule: Level.WARN}
    assert findings(sql, {rule: Level.ERROR}) == {rule: Level.ERROR}


def test_what_is_not_read_can_be_switched():
    sql = "CREATE PROCEDURE p() SELECT 1"
    assert findings(sql, {"not_read": "off"}) == {}
    assert findings(sql, {"not_read": Level.ERROR}) == {"not_read": Level.ERROR}


@pytest.mark.parametrize("rule", RULES)
def test_every_rule_but_the_two_locked_ones_can_be_off(rule):
    assert RULES[rule].may_be_off == (rule not in {"syntax", "executable_comment"})
