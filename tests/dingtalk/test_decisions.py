"""What an instance's state means: only the documented pairs decide, and the right person did."""

import itertools
import random
import string

import pytest

from portal.blueprints.dingtalk.decisions import decision_of
from portal.blueprints.dingtalk.shapes import Instance, Record
from portal.domain.provider import Outcome

START = Record("zhangsan", "START_PROCESS_INSTANCE", "NONE", "")
AGREED = Record("lisi", "EXECUTE_TASK_NORMAL", "AGREE", "可以")
REFUSED = Record("wangwu", "EXECUTE_TASK_NORMAL", "REFUSE", "缺索引")


def decided(status, result, *records):
    return decision_of(Instance(status, result, (START, *records), ()))


@pytest.mark.parametrize(
    ("status", "result", "outcome"),
    [
        ("RUNNING", "", Outcome.PENDING),
        ("RUNNING", "agree", Outcome.PENDING),
        ("NEW", "", Outcome.PENDING),
        ("COMPLETED", "agree", Outcome.APPROVED),
        ("COMPLETED", "refuse", Outcome.REJECTED),
        ("TERMINATED", "", Outcome.WITHDRAWN),
        ("TERMINATED", "agree", Outcome.WITHDRAWN),
        ("CANCELED", "", Outcome.WITHDRAWN),
        ("COMPLETED", "", Outcome.UNKNOWN),
        ("COMPLETED", "AGREE", Outcome.UNKNOWN),
        ("completed", "agree", Outcome.UNKNOWN),
        ("PAUSED", "", Outcome.UNKNOWN),
    ],
)
def test_each_documented_state_has_its_row(status, result, outcome):
    """Row N17."""
    found = decided(status, result, AGREED)
    assert (found.outcome, found.raw_state) == (outcome, f"{status}/{result}")


def test_nothing_but_the_exact_pair_approves():
    """Row N17: 10,000 random pairs and all near misses."""
    chance = random.Random(17)
    words = ["RUNNING", "COMPLETED", "TERMINATED", "agree", "refuse", "AGREE", "Completed", " ", ""]
    pairs = set(itertools.product(words, words))
    letters = string.ascii_letters
    while len(pairs) < 10_000:
        pairs.add(("".join(chance.choices(letters, k=5)), chance.choice(words)))
    approving = {pair for pair in pairs if decided(*pair, AGREED).outcome is Outcome.APPROVED}
    assert approving == {("COMPLETED", "agree")}


@pytest.mark.parametrize(
    "around",
    [
        [Record("sunqi", "ADD_REMARK", "NONE", "看一下")],
        [Record("sunqi", "PROCESS_CC", "NONE", "")],
        [Record("sunqi", "REDIRECT_TASK", "NONE", "转给李四")],
        [Record("sunqi", "EXECUTE_TASK_NORMAL", "REDIRECTED", "")],
        [Record("sunqi", "APPEND_TASK_BEFORE", "NONE", "")],
        [Record("sunqi", "FINISH_PROCESS_INSTANCE", "AGREE", "")],
    ],
)
def test_the_actor_is_of_the_record_that_decided(around):
    """Pitfalls 6 and 7: not the first task, not the second entry of the history."""
    for records in ([*around, AGREED], [AGREED, *around], [*around, AGREED, *around]):
        found = decided("COMPLETED", "agree", *records)
        assert (found.actor, found.remark, found.automatic) == ("lisi", "可以", False)


def test_the_last_decision_counts():
    before = Record("zhaoliu", "EXECUTE_TASK_NORMAL", "AGREE", "")
    found = decided("COMPLETED", "refuse", before, REFUSED)
    assert (found.outcome, found.actor, found.remark) == (Outcome.REJECTED, "wangwu", "缺索引")


@pytest.mark.parametrize(
    "record",
    [
        Record("lisi", "EXECUTE_TASK_AUTO", "AGREE", ""),
        Record("bpms_system", "EXECUTE_TASK_NORMAL", "AGREE", ""),
    ],
)
def test_a_machine_is_said_to_be_one(record):
    """Traps 9 and 10: passed by itself."""
    assert decided("COMPLETED", "agree", record).automatic is True


def test_without_a_matching_record_nobody_is_named():
    for records in ([], [REFUSED], [Record("", "EXECUTE_TASK_NORMAL", "AGREE", "")]):
        found = decided("COMPLETED", "agree", *records)
        assert (found.outcome, found.actor) == (Outcome.APPROVED, None)
