"""Comments, case and white space never make the findings fewer."""

import re

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from portal.sqlaudit import RULES, audit

GAPS = ["\n", "\t ", "  \r\n", "/* x */", " /* ; ' */ ", " -- ; drop\n", "\n-- it's\n"]
# What has no gap inside. All of our examples are made of these.
PART = re.compile(r"'[^']*'|\"[^\"]*\"|`[^`]*`|[\d.]+|\w+|<>|!=|<=|>=|\S")
EXAMPLES = [
    (rule, dialect)
    for rule in RULES.values()
    for dialect in sorted(rule.dialects)
    if len(rule.bad) < 1000 and rule.id != "executable_comment"
]


def ids(sql: str, dialect: str, rule) -> set[str]:
    statements = audit(sql, dialect, {rule.id: rule.level}).statements
    return {one.rule for statement in statements for one in statement.findings}


def disguised(data, sql: str) -> str:
    """The same statements in other clothes: words in another case, other gaps.

    A word that mixes both cases keeps them: there the capitals are what is found.
    """
    text = data.draw(st.sampled_from(["", *GAPS]))
    for part in PART.findall(sql):
        if part.isidentifier() and part in {part.upper(), part.lower()}:
            word = data.draw(st.sampled_from([part, part.upper(), part.lower(), part.title()]))
        else:
            word = part
        text += word + data.draw(st.sampled_from([" ", *GAPS]))
    return text


@pytest.mark.parametrize(
    ("rule", "dialect"), EXAMPLES, ids=[f"{rule.id}-{dialect}" for rule, dialect in EXAMPLES]
)
@settings(max_examples=4, deadline=None, phases=[Phase.generate])
@given(st.data())
def test_a_disguise_hides_nothing(rule, dialect, data):
    sql = disguised(data, rule.bad)
    assert ids(rule.bad, dialect, rule) <= ids(sql, dialect, rule), sql
