"""What an audit finds, in short."""

from portal.sqlaudit import audit

MYSQL, POSTGRESQL, SQLITE = DIALECTS = ("mysql", "postgresql", "sqlite")


def ids(sql: str, dialect: str) -> set[str]:
    """The rules that this text breaks."""
    statements = audit(sql, dialect).statements
    return {one.rule for statement in statements for one in statement.findings}


def check(dialect: str, sql: str, expected: str) -> None:
    """expected: rule ids; those after a ! must not be found."""
    found = ids(sql, dialect)
    for rule in expected.split():
        assert (rule.lstrip("!") in found) != rule.startswith("!"), (rule, found)
