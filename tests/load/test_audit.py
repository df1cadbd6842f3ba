"""What judging costs beside sqlglot's bare parse of the same statements in the same run.

    .venv/bin/python -m pytest tests/load/test_audit.py -s

Seconds are the processor's, of this thread; the two take turns, and the quickest turn counts.
"""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest
import sqlglot

from portal import sqlaudit
from portal.sqlaudit.watched import SQLGLOT_NAMES

pytestmark = pytest.mark.load

STATEMENTS, TURNS = 1000, 3
ORDINARY = (
    "UPDATE orders SET state = 2, updated_at = CURRENT_TIMESTAMP WHERE id = {n} AND state = 1",
    "INSERT INTO order_items (order_id, sku, price) VALUES ({n}, 'a{n}', 12.5), ({n}, 'b', 3)",
    "DELETE FROM coupons WHERE user_id = {n} AND expired_at < '2024-01-01'",
    "SELECT o.id, o.total FROM orders o JOIN users u ON u.id = o.user_id WHERE u.id = {n} LIMIT 9",
    "CREATE TABLE log_{n} (id bigint PRIMARY KEY, kind varchar(20) NOT NULL, at date)",
)


def seconds(act: Callable[[], object]) -> float:
    begun = time.thread_time()
    act()
    return time.thread_time() - begun


@pytest.mark.parametrize("dialect", ["mysql", "postgresql", "sqlite"])
def test_judging_costs_little_more_than_reading(dialect, app, figures):
    sql = ";\n".join(ORDINARY[n % len(ORDINARY)].format(n=n) for n in range(STATEMENTS))
    bare, own = [], []
    with app.test_request_context():
        for _turn in range(TURNS):
            bare.append(seconds(lambda: sqlglot.parse(sql, dialect=SQLGLOT_NAMES[dialect])))
            own.append(seconds(lambda: sqlaudit.audit(sql, dialect)))
    ratio = min(own) / min(bare)
    figures.say(
        f"audit of {STATEMENTS} statements, {dialect}",
        f"{min(own):.2f} s",
        f"{STATEMENTS / min(own):.0f} statements/s, ratio to sqlglot's bare parse: {ratio:.2f}",
    )
    assert ratio <= figures.goal("audit_ratio_to_parse")
