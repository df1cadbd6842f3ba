"""Phone numbers: what people type, and what is kept."""

import pytest

from portal.kit import phones


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("13800000001", "+8613800000001"),
        ("+8613800000001", "+8613800000001"),
        ("+86 138 0000 0001", "+8613800000001"),
        ("138-0000-0001", "+8613800000001"),
        ("0086 138 0000 0001", "+8613800000001"),
        ("１３８００００００01", "+8613800000001"),
        ("+852 5123 4567", "+85251234567"),
        ("+1 (202) 555-0143", "+12025550143"),
        ("+44 7400 123456", "+447400123456"),
    ],
)
def test_numbers_are_kept_as_e164(typed, kept):
    assert phones.parse(typed) == kept
    assert phones.parse(phones.shown(kept)) == kept


@pytest.mark.parametrize(
    "typed",
    ["123", "12345678901", "abc", "1-800-FLOWERS", "13800000001 ext 5", "+", "+999 123", "--", "0"],
)
def test_nonsense_is_refused(typed):
    with pytest.raises(ValueError, match=r"."):
        phones.parse(typed)


def test_a_mainland_number_is_shown_bare():
    assert phones.shown("+8613800000001") == "13800000001"
    assert phones.shown("+85251234567") == "+85251234567"
    assert phones.shown("") == ""
