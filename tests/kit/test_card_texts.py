"""A card's texts: clean, never empty, within the limit, and open about what was left out."""

import pytest

from portal.kit import card_texts


@pytest.mark.parametrize("extra", range(4))
def test_cutting_counts_as_java_does_and_splits_no_character(extra):
    text = "a" * extra + "😀" * 2000
    short = card_texts.cut(text, 1000)
    assert card_texts.length(short) <= 1000
    assert "\N{REPLACEMENT CHARACTER}" not in short
    short.encode()
    assert f"共 {len(text)} 字" in short


def test_a_text_of_just_the_limit_is_whole():
    assert card_texts.cut("x" * 1000, 1000) == "x" * 1000


def test_a_cut_leaves_no_half_line_break():
    text = "abc\r\n" * 300
    assert all(
        "\r…" not in card_texts.cut(text, limit) for limit in range(900, 905)
    )


@pytest.mark.parametrize("text", ["", " ", "\n\n", "\u2028"])
def test_nothing_to_say_is_a_dash(text):
    assert card_texts.line(text) == card_texts.area(text) == "-"


def test_a_line_has_no_breaks_and_an_area_has_the_platforms_own():
    text = "a\rb\r\nc\u2028d\x85e"
    assert card_texts.line(text) == "a b c d e"
    assert card_texts.area(text) == "a\nb\nc\nd\ne"
    assert card_texts.area(text, line_break="\r\n") == "a\r\nb\r\nc\r\nd\r\ne"


def test_what_breaks_an_encoder_is_replaced():
    assert card_texts.harmless("a\0b\ud800c") == "a\ufffdb\ufffdc"
    assert card_texts.harmless("\ud83d\ude00") == "😀", "two halves are one character"


def test_a_table_has_a_row_and_says_how_many_were_left_out():
    assert card_texts.table([], 3, 10, 100) == [["-", "-", "-"]]
    rows = [(f"db{n}", "96", "x" * 300) for n in range(40)]
    shown = card_texts.table(rows, 3, 10, 100)
    assert len(shown) == 10
    assert shown[0][:2] == ["db0", "96"]
    assert len(shown[0][2]) <= 100
    assert "共 40 行" in shown[-1][0]
    assert shown[-1][1:] == ["-", "-"]
