"""What an instance's state means: only the documented words decide, and the right person did."""

import itertools
import random
import string

import pytest

from portal.blueprints.feishu.decisions import decision_of
from portal.blueprints.feishu.shapes import Entry, Instance, Task
from portal.domain.provider import Outcome

START = Entry("START", "zhangsan")
PASSED = Entry("PASS", "lisi", "可以")
REFUSED = Entry("REJECT", "wangwu", "缺索引")
BACK = Entry("ROLLBACK", "lisi", "再想想")


def decided(status, *entries, is_reverted=False, tasks=()):
    return decision_of(
        Instance("i", "a", "k", status, is_reverted, "zhangsan", (START, *entries), tasks)
    )


@pytest.mark.parametrize(
    ("status", "outcome"),
    [
        ("PENDING", Outcome.PENDING),
        ("APPROVED", Outcome.APPROVED),
        ("REJECTED", Outcome.REJECTED),
        ("CANCELED", Outcome.WITHDRAWN),
        ("DELETED", Outcome.WITHDRAWN),
        ("CANCELLED", Outcome.UNKNOWN),
        ("REVERTED", Outcome.UNKNOWN),
        ("OVERTIME_CLOSE", Outcome.UNKNOWN),
        ("approved", Outcome.UNKNOWN),
        ("Approved", Outcome.UNKNOWN),
        ("UNKNOWN", Outcome.UNKNOWN),
    ],
)
def test_each_documented_state_has_its_row(status, outcome):
    """Row N17; CANCELED is written with one L."""
    found = decided(status, PASSED)
    assert (found.outcome, found.raw_state) == (outcome, f"{status}/PASS")


def test_nothing_but_the_exact_pair_approves():
    """Row N17: 10,000 random pairs of status and last entry, and all near misses."""
    chance = random.Random(17)
    words = [
        "PENDING", "APPROVED", "REJECTED", "CANCELED", "DELETED", "REVERTED", "PASS", "REJECT",
        "AUTO_PASS", "AUTO_REJECT", "REMOVE_REPEAT", "ROLLBACK", "TRANSFER", "CC", "Approved",
        "pass", "approved", " ", "", "APPROVED ", "PASSED",
    ]  # fmt: skip
    pairs = set(itertools.product(words, words))
    while len(pairs) < 10_000:
        pairs.add(("".join(chance.choices(string.ascii_letters, k=5)), chance.choice(words)))
    approving = {
        pair
        for pair in pairs
        for found in [decided(pair[0], Entry(pair[1], "lisi"))]
        if found.outcome is Outcome.APPROVED and found.actor and not found.automatic
    }
    assert approving == {("APPROVED", "PASS")}
    assert {pair[0] for pair in pairs
            if decided(pair[0], Entry(pair[1], "lisi")).outcome is Outcome.APPROVED} == {
        "APPROVED"
    }  # fmt: skip


@pytest.mark.parametrize("status", ["APPROVED", "PENDING", "REJECTED", "CANCELED", "FROZEN"])
def test_a_reverted_instance_is_withdrawn_whatever_its_status_says(status):
    """Trap 13."""
    found = decided(status, PASSED, is_reverted=True)
    assert (found.outcome, found.actor) == (Outcome.WITHDRAWN, None)
    assert found.raw_state == f"{status}/PASS/reverted"


@pytest.mark.parametrize(
    "around",
    [
        [Entry("CC", "sunqi")],
        [Entry("TRANSFER", "sunqi", "转给李四")],
        [Entry("ADD_APPROVER_BEFORE", "sunqi", "x")],
        [Entry("ADD_APPROVER", "sunqi")],
        [Entry("ADD_APPROVER_AFTER", "sunqi")],
        [Entry("DELETE_APPROVER", "sunqi")],
        [Entry("TOMORROWS_TYPE", "sunqi")],
        [Entry("PASS", "sunqi", node="START")],
    ],
)
def test_the_actor_is_of_the_entry_that_decided(around):
    """Pitfalls 6 and 7, trap 8: not the first task, not the second entry of the history."""
    for entries in ([*around, PASSED], [PASSED, *around], [*around, PASSED, *around]):
        found = decided("APPROVED", *entries)
        assert (found.actor, found.remark, found.automatic) == ("lisi", "可以", False)


def test_the_last_decision_counts():
    before = Entry("PASS", "zhaoliu")
    found = decided("REJECTED", before, REFUSED)
    assert (found.outcome, found.actor, found.remark) == (Outcome.REJECTED, "wangwu", "缺索引")


@pytest.mark.parametrize(
    ("status", "entry", "actor"),
    [
        ("APPROVED", Entry("AUTO_PASS", ""), None),
        ("APPROVED", Entry("AUTO_PASS", "lisi"), "lisi"),
        ("APPROVED", Entry("REMOVE_REPEAT", "lisi"), "lisi"),
        ("APPROVED", Entry("PASS", ""), None),
        ("REJECTED", Entry("AUTO_REJECT", ""), None),
        ("REJECTED", Entry("REJECT", ""), None),
    ],
)
def test_a_machine_is_said_to_be_one(status, entry, actor):
    """Trap 6: passed by itself."""
    found = decided(status, entry)
    assert (found.automatic, found.actor) == (True, actor)


def test_without_a_matching_entry_nobody_is_named():
    """Trap 7: a definition without approvers passes at once."""
    for entries in ([], [REFUSED], [Entry("AUTO_REJECT", "lisi")], [Entry("ROLLBACK", "lisi")]):
        found = decided("APPROVED", *entries)
        assert (found.outcome, found.actor, found.automatic) == (Outcome.APPROVED, None, False)
    assert decided("REJECTED", PASSED).actor is None


@pytest.mark.parametrize("word", ["ROLLBACK", "ROLLBACK_SELECTED"])
def test_a_card_sent_back_to_its_originator_is_loud(word):
    """Nobody who could decide it has it any more, and the platform still says PENDING."""
    sent_back = Entry(word, "lisi", "再想想")
    found = decided("PENDING", sent_back, tasks=(Task("1", "zhangsan", "PENDING"),))
    assert (found.outcome, found.raw_state) == (Outcome.UNKNOWN, f"PENDING/{word}")
    assert decided("PENDING", sent_back, tasks=(Task("1", "lisi", "DONE"),)).outcome is (
        Outcome.UNKNOWN
    )


def test_a_card_sent_back_to_an_approver_is_pending():
    for tasks in ((Task("1", "lisi", "PENDING"),), (Task("1", "zhangsan", "PENDING"),
                                                    Task("2", "lisi", "PENDING"))):  # fmt: skip
        assert decided("PENDING", BACK, tasks=tasks).outcome is Outcome.PENDING


def test_a_card_that_was_sent_back_and_resubmitted_is_pending():
    again = Entry("PASS", "zhangsan", node="START")
    found = decided("PENDING", BACK, again, tasks=(Task("2", "lisi", "PENDING"),))
    assert found.outcome is Outcome.PENDING
    assert decided("APPROVED", BACK, again, PASSED).actor == "lisi"
