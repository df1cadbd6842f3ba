"""Fields of somebody else's JSON: what is odd is one error, what comes through is sound."""

import pytest

from portal.kit import fields
from portal.kit.errors import Kind, ProviderError


@pytest.mark.parametrize(
    ("value", "text"),
    [(None, ""), ("a\0b", "ab"), (7, "7"), ("\ud800", "\ufffd"), ("😀", "😀"), ("", "")],
)
def test_a_text_can_be_kept_by_any_database(value, text):
    assert fields.text(value) == text


@pytest.mark.parametrize("value", [True, [], {}, ["a"]])
def test_what_is_no_text_is_refused_or_empty(value):
    with pytest.raises(TypeError):
        fields.text(value)
    assert fields.plain(value) == ""


@pytest.mark.parametrize("value", ["a b", "a\r\nX: y", "名", "", " ", None])
def test_a_word_may_stand_in_a_header(value):
    with pytest.raises(ValueError, match=r"empty|not a word"):
        fields.word(value)
    assert fields.word(" t-1 ") == "t-1"


def test_numbers_and_booleans_may_be_quoted():
    assert fields.whole("7") == fields.whole(7) == 7
    assert [fields.truth(one) for one in (True, "true", " True ", False, "no", 1, None)] == [
        True, True, True, False, False, False, False,
    ]  # fmt: skip
    with pytest.raises(TypeError):
        fields.whole(True)


def test_a_list_of_objects_holds_nothing_else():
    assert fields.objects(None) == []
    assert fields.objects([{"a": 1}]) == [{"a": 1}]
    for value in ({}, "a", [1], [None], [{}, "a"]):
        with pytest.raises(TypeError):
            fields.objects(value)


@pytest.mark.parametrize(
    "reader",
    [
        lambda body: body["missing"],
        lambda body: body["a"]["b"],
        lambda body: int(body["a"]),
        lambda body: body["a"].get("b"),
        lambda body: int(float("inf")),
    ],
)
def test_what_cannot_be_read_is_one_error_without_the_body(reader):
    with pytest.raises(ProviderError) as caught:
        fields.read("feishu", reader, {"a": "secret"})
    error = caught.value
    assert (error.provider, error.code, error.kind) == (
        "feishu", "unreadable", Kind.UNKNOWN_OUTCOME,
    )  # fmt: skip
    assert error.__context__ is None
    assert "secret" not in str(error)
