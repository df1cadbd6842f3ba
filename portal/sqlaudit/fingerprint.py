"""A statement → its fingerprint: the same text for all that differ in their values alone.

`SELECT * FROM T WHERE a IN (1, 2) -- x` and `select * from t where a in (7)` have one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from sqlglot.dialects import Dialect
from sqlglot.errors import SqlglotError
from sqlglot.tokens import Token, TokenType

from portal.sqlaudit.value_lists import VALUE, ValueLists
from portal.sqlaudit.watched import SQLGLOT_NAMES

_VALUES = frozenset(
    {
        TokenType.NUMBER,
        TokenType.STRING,
        TokenType.NATIONAL_STRING,
        TokenType.RAW_STRING,
        TokenType.HEREDOC_STRING,
        TokenType.UNICODE_STRING,
        TokenType.BYTE_STRING,
        TokenType.BIT_STRING,
        TokenType.HEX_STRING,
        TokenType.PLACEHOLDER,
    }
)
_SIGNS = frozenset({TokenType.DASH, TokenType.PLUS})
# After these a sign is an operator; after everything else it belongs to the number behind it.
_OPERANDS = _VALUES | {
    TokenType.VAR,
    TokenType.IDENTIFIER,
    TokenType.R_PAREN,
    TokenType.R_BRACKET,
}
_SIMPLE_NAME = re.compile(r"[^\W\d][\w$]*")
# Without their quotes these names would be values.
_NO_NAMES = frozenset({"null", "true", "false", "default"})
_QUOTE = {"mysql": "`", "postgresql": '"', "sqlite": '"'}
_COMMENT = re.compile(r"/\*.*?(?:\*/|\Z)|--[^\n]*", re.DOTALL)
# sqlglot takes ($1,$2) for the beginning of a quotation.
_NUMBERED = re.compile(r"(?<![\w$])\$\d+")
# A command's rest is one text to sqlglot; a rest may begin like a command itself, twice at most.
_DEEPEST = 2


def fingerprint(sql: str, dialect: str) -> str:
    """One statement's text in small letters, its words one blank apart, each value a question mark.

    dialect: mysql, postgresql or sqlite. Lists of values after IN and VALUES are (?+), however
    long. Comments and the last semicolons are gone. A text that cannot be cut into words keeps
    its values. Takes time in proportion to the length.
    """
    if dialect == "postgresql":
        sql = _NUMBERED.sub(VALUE, sql)
    try:
        tokens = list(_tokens(sql, dialect, _DEEPEST))
    except (SqlglotError, RecursionError):
        return _folded(sql)
    while tokens and tokens[-1].token_type is TokenType.SEMICOLON:
        tokens.pop()
    return ValueLists(_words(tokens, dialect)).text()


def _tokens(sql: str, dialect: str, depth: int) -> Iterator[Token]:
    """sqlglot keeps the rest of a command (CALL, VACUUM) as one text: it is cut up as well."""
    tokens = Dialect.get_or_raise(SQLGLOT_NAMES[dialect]).tokenize(sql)
    for before, token in zip([None, *tokens], tokens, strict=False):
        is_rest = before is not None and before.token_type is TokenType.COMMAND
        if is_rest and depth and token.token_type is TokenType.STRING:
            yield from _tokens(token.text, dialect, depth - 1)
        else:
            yield token


def _words(tokens: list[Token], dialect: str) -> Iterator[str]:
    before: Token | None = None
    for at, token in enumerate(tokens):
        following = tokens[at + 1].token_type if at + 1 < len(tokens) else None
        if not _belongs_to_number(token, before, following):
            yield _word(token, dialect)
        before = token


def _belongs_to_number(token: Token, before: Token | None, following) -> bool:
    """A sign, or the question mark of SQLite's ?1."""
    if following is not TokenType.NUMBER:
        return False
    if token.token_type is TokenType.PLACEHOLDER:
        return True
    is_operator = before is not None and before.token_type in _OPERANDS
    return token.token_type in _SIGNS and not is_operator


def _word(token: Token, dialect: str) -> str:
    if token.token_type in _VALUES:
        return VALUE
    if token.token_type is TokenType.IDENTIFIER:
        return _name(token.text, dialect)
    return " ".join(token.text.lower().split())


def _name(text: str, dialect: str) -> str:
    """A quoted name; without its quotes where they make no difference."""
    folded = text if dialect == "postgresql" else text.lower()
    is_plain = folded == text.lower() and folded not in _NO_NAMES
    if is_plain and _SIMPLE_NAME.fullmatch(folded):
        return folded
    quote = _QUOTE[dialect]
    return quote + folded.replace(quote, quote * 2) + quote


def _folded(sql: str) -> str:
    return " ".join(_COMMENT.sub(" ", sql).lower().split()).rstrip("; ")
