"""Look, act, and look again when refused: whatever holds over there is accepted."""

import pytest

from portal.kit.changes import Over, changes_nothing, look_and_act
from portal.kit.errors import Kind, ProviderError

REFUSAL = ProviderError("feishu", "1390010", "x", Kind.REFUSED)


def error(kind):
    return ProviderError("feishu", "x", "x", kind)


class Story:
    """What the looks find, one after the other, and how the act ends."""

    def __init__(self, *finds, refusal=None):
        self.finds, self.refusal, self.acted = list(finds), refusal, []

    def look(self):
        found = self.finds.pop(0)
        if isinstance(found, Exception):
            raise found
        return found

    def act(self, target):
        self.acted.append(target)
        if self.refusal is not None:
            raise self.refusal

    def run(self):
        return look_and_act(self.look, self.act, lambda one: one.kind is Kind.REFUSED, "done")


def test_what_is_there_is_acted_on_once():
    story = Story("task")
    assert story.run() == "done"
    assert story.acted == ["task"]


def test_where_nothing_is_to_be_done_nothing_is():
    story = Story(Over("before"))
    assert story.run() == "before"
    assert story.acted == []


def test_a_refused_act_takes_what_the_second_look_finds():
    story = Story("task", Over("before"), refusal=REFUSAL)
    assert story.run() == "before"
    assert story.acted == ["task"]


def test_a_refusal_stands_where_nothing_has_changed():
    story = Story("task", "task", refusal=REFUSAL)
    with pytest.raises(ProviderError) as caught:
        story.run()
    assert caught.value is REFUSAL
    assert story.acted == ["task"], "never a second time"


def test_no_answer_to_the_act_is_no_reason_to_look():
    story = Story("task", refusal=error(Kind.UNKNOWN_OUTCOME))
    with pytest.raises(ProviderError) as caught:
        story.run()
    assert caught.value.kind is Kind.UNKNOWN_OUTCOME


@pytest.mark.parametrize(
    ("kind", "shown"),
    [(Kind.UNKNOWN_OUTCOME, Kind.RETRY), (Kind.RETRY, Kind.RETRY), (Kind.QUOTA, Kind.QUOTA)],
)
def test_a_look_without_an_answer_leaves_the_act_surely_undone(kind, shown):
    with pytest.raises(ProviderError) as caught:
        Story(error(kind)).run()
    assert caught.value.kind is shown
    with pytest.raises(ProviderError) as caught, changes_nothing():
        raise error(kind)
    assert caught.value.kind is shown
