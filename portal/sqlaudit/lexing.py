"""The lexical rules of each database: what is a quote, a comment, a word.

Sources: MySQL 8.4 manual §11.1 and §11.7, PostgreSQL 17 manual §4.1, sqlite.org/lang.html.
"""

from __future__ import annotations

import re

# One alternative for each thing inside which a semicolon is an ordinary character. An unclosed
# one reaches to the end of the text. Quantifiers are possessive: no backtracking on 2 MiB.
_QUOTED = r"(?P<text>'(?:[^']++|'')*+(?:'|\Z))"
_ESCAPED = r"(?P<text>'(?:[^'\\]++|\\.|'')*+(?:'|\\?\Z)|\"(?:[^\"\\]++|\\.|\"\")*+(?:\"|\\?\Z))"
_E_STRING = r"(?P<escaped>\b[eE]'(?:[^'\\]++|\\.|'')*+(?:'|\\?\Z))"
_DOUBLE = r"(?P<double>\"(?:[^\"]++|\"\")*+(?:\"|\Z))"
_BACKTICK = r"(?P<backtick>`(?:[^`]++|``)*+(?:`|\Z))"
_BRACKET = r"(?P<bracket>\[[^\]]*+(?:\]|\Z))"
_DOLLAR = r"(?P<dollar>(?<![\w$])\$(?P<tag>(?:[^\W\d]\w*+)?)\$.*?(?:\$(?P=tag)\$|\Z))"
_EXECUTABLE = r"(?P<executable>/\*M?!.*?(?:\*/|\Z))"
_WORD = r"(?P<word>\w++)|(?P<other>\S)"

_PARTS = {
    "mysql": (
        _ESCAPED,
        _BACKTICK,
        _EXECUTABLE,
        r"(?P<comment>/\*.*?(?:\*/|\Z)|\#[^\n]*+|--(?=\s|\Z)[^\n]*+)",
    ),
    "postgresql": (_E_STRING, _QUOTED, _DOUBLE, _DOLLAR, r"(?P<nested>/\*)|(?P<comment>--[^\n]*+)"),
    "sqlite": (
        _QUOTED,
        _DOUBLE,
        _BACKTICK,
        _BRACKET,
        r"(?P<comment>/\*.*?(?:\*/|\Z)|--[^\n]*+)",
    ),
}
_NESTING = re.compile(r"/\*|\*/")


def compiled(dialect: str, delimiter: str) -> re.Pattern:
    """Finds the parts of a text one after the other; lastgroup says what each is."""
    parts = [*_PARTS[dialect], f"(?P<delimiter>{re.escape(delimiter)})", _WORD]
    return re.compile("|".join(parts), re.DOTALL)


def after_nested(sql: str, at: int) -> int:
    """The end of a PostgreSQL comment that began just before `at`: these nest."""
    depth = 1
    for mark in _NESTING.finditer(sql, at):
        depth += 1 if mark[0] == "/*" else -1
        if depth == 0:
            return mark.end()
    return len(sql)
