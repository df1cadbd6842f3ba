"""The score by the manual's formula."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.sqlaudit import audit
from portal.sqlaudit.result import score


@pytest.mark.parametrize(
    ("counts", "rate", "points"),
    [
        ((1, 0, 0, 0), 1.0, 100.0),
        ((1, 1, 0, 0), 0.0, 0.0),
        ((1, 0, 1, 0), 0.0, 15 + 15 + 5),
        ((1, 0, 0, 1), 0.0, 15 + 10 + 15 + 10 + 5 + 3),
        # 30*2/3 + 15 + 10 + 5*2/3, then e and w are zero and both below a tenth
        ((3, 0, 0, 1), 2 / 3, 20 + 15 + 10 + 10 / 3 + 15 + 10 + 5 + 3),
        # one error of twenty: e = w = n = 0.05, below a tenth but not zero
        ((20, 1, 0, 0), 0.95, 28.5 + 14.25 + 9.5 + 4.75 + 5 + 3 + 2),
        # exactly a tenth earns nothing of the last three
        ((10, 1, 0, 0), 0.9, 27 + 13.5 + 9 + 4.5),
    ],
)
def test_the_documented_formula(counts, rate, points):
    assert score(*counts) == (pytest.approx(rate), pytest.approx(points))


@given(st.integers(1, 2000), st.data())
def test_the_score_stays_within_its_scale(total, data):
    errors = data.draw(st.integers(0, total))
    warns = data.draw(st.integers(0, total - errors))
    notices = data.draw(st.integers(0, total - errors - warns))
    rate, points = score(total, errors, warns, notices)
    assert 0 <= points <= 100
    assert rate == pytest.approx((total - errors - warns - notices) / total)
    assert (points == 100) == (errors == warns == notices == 0)


def test_an_audit_is_scored_by_the_worst_finding_of_each_statement():
    result = audit("SELECT a FROM t; SELECT * FROM t; SELECT b FROM t", "mysql")
    assert result.pass_rate == pytest.approx(2 / 3)
    assert result.score == pytest.approx(score(3, 0, 0, 1)[1])
