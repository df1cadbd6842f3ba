"""SQL text → statements, each exactly as typed, by the lexical rules of its own database.

Ours rather than sqlglot's: one unclosed quote must not hide the statements before it, the text
must stay as typed, and DELIMITER, triggers and nested comments are no business of a parser.
Source of the end of a SQLite trigger: sqlite3_complete().
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from flask_babel import gettext as _

from portal.sqlaudit.lexing import after_nested, compiled
from portal.sqlaudit.limits import MAX_STATEMENTS, MAX_WORDS, AuditError

_DELIMITER = re.compile(r"DELIMITER[ \t]++(\S{1,16})[^\n]*+", re.IGNORECASE)
_ROUTINE = re.compile(
    r"CREATE (?:OR REPLACE )?(?:DEFINER .*?|AGGREGATE |TEMP |TEMPORARY |CONSTRAINT )?"
    r"(?:PROCEDURE|FUNCTION|TRIGGER|EVENT)\b"
)
_TRIGGER = re.compile(r"CREATE (?:TEMP |TEMPORARY )?TRIGGER\b")
_FIRST_WORDS = 12  # enough to know a routine by
_FILES = frozenset({"OUTFILE", "DUMPFILE"})


@dataclass
class Piece:
    """One statement. words: all of them in capitals; quoted names and texts are none.

    code: the statement with white space in place of each comment, line for line.
    calls: what an opening bracket follows, in capitals: functions among others.
    depth: of its brackets at the deepest.
    writes_file: SELECT … INTO OUTFILE or DUMPFILE.
    """

    sql: str
    code: str = ""
    words: list[str] = field(default_factory=list)
    calls: set[str] = field(default_factory=set)
    depth: int = 0
    has_executable_comment: bool = False
    writes_file: bool = False

    @property
    def is_routine(self) -> bool:
        """A procedure, function, trigger or event, whose body is a program."""
        return bool(_ROUTINE.match(self.beginning))

    @property
    def beginning(self) -> str:
        """Its first words."""
        return " ".join(self.words[:_FIRST_WORDS])


def split(sql: str, dialect: str) -> list[Piece]:
    """The statements of this text, without their delimiters.

    dialect: mysql, postgresql or sqlite. Empty for blank text or comments alone.
    Raises AuditError for too many statements or words.
    """
    return list(_Splitter(sql, dialect).pieces())


def split_statements(sql: str, dialect: str) -> list[str]:
    """Each statement exactly as typed. Raises AuditError as split() does."""
    return [piece.sql for piece in split(sql, dialect)]


class _Splitter:
    """One walk over the text; knows where the statement at hand began."""

    def __init__(self, sql: str, dialect: str):
        self.sql = sql
        self.dialect = dialect
        self.pattern = compiled(dialect, ";")
        self.count = 0
        self.words_left = MAX_WORDS
        self._begin(0)

    def _begin(self, start: int) -> None:
        self.start = start
        self.piece = Piece("")
        self.has_code = False
        self.depth = 0
        self.last = ("", "")
        self.gaps: list[tuple[int, int]] = []

    def pieces(self) -> Iterator[Piece]:
        at = 0
        while match := self.pattern.search(self.sql, at):
            at = match.end()
            kind = match.lastgroup
            self._count_word()
            if kind == "delimiter":
                if not self._inside_trigger():
                    yield from self._end(match.start())
                    self._begin(at)
                else:
                    self.last = (self.last[1], ";")
            elif kind == "nested":
                at = after_nested(self.sql, at)
                self.gaps.append((match.start(), at))
            elif kind == "word" and not self.has_code and self._delimiter_command(match):
                at = self.start
            elif kind == "comment":
                self.gaps.append(match.span())
            else:
                self._code(kind, match)
        yield from self._end(len(self.sql))

    def _code(self, kind: str, match: re.Match) -> None:
        self.has_code = True
        text = match[0]
        if kind == "executable":
            self.piece.has_executable_comment = True
            self.gaps.append(match.span())
        elif text == "-" and self.dialect == "mysql":
            # MySQL reads 1--1 as 1 - -1; sqlglot would take it for a comment.
            self.gaps.append((match.start(), match.start()))
        elif kind == "word":
            text = text.upper()
            self.piece.writes_file |= text in _FILES and self.last[1] == "INTO"
            self.piece.words.append(text)
        elif text == "(":
            self.piece.calls.add(self.last[1].strip('"`').upper())
            self.depth += 1
            self.piece.depth = max(self.piece.depth, self.depth)
        elif text == ")":
            self.depth -= 1
        self.last = (self.last[1], text)

    def _count_word(self) -> None:
        self.words_left -= 1
        if self.words_left < 0:
            raise AuditError(_("SQL 过长，无法在时间上限内审核。请拆分成多个工单后再提交。"))

    def _end(self, end: int) -> Iterator[Piece]:
        if not self.has_code:
            return
        self.count += 1
        if self.count > MAX_STATEMENTS:
            raise AuditError(
                _("一个工单最多 %(n)d 条语句。请拆分成多个工单后再提交。", n=MAX_STATEMENTS)
            )
        self.piece.sql = self.sql[self.start : end].strip().strip("\ufeff").strip()
        self.piece.code = "".join(self._without_gaps(end)).strip().strip("\ufeff").strip()
        yield self.piece

    def _without_gaps(self, end: int) -> Iterator[str]:
        at = self.start
        for start, stop in self.gaps:
            yield self.sql[at:start]
            yield " " + "\n" * self.sql.count("\n", start, stop)
            at = stop
        yield self.sql[at:end]

    def _inside_trigger(self) -> bool:
        """SQLite's rule: a trigger ends at `; END ;` only."""
        if self.dialect != "sqlite" or self.last == (";", "END"):
            return False
        return bool(_TRIGGER.match(self.piece.beginning))

    def _delimiter_command(self, match: re.Match) -> bool:
        """Obey a DELIMITER line of the mysql client, which never reaches the server."""
        if self.dialect != "mysql":
            return False
        command = _DELIMITER.match(self.sql, match.start())
        if command is None:
            return False
        self.pattern = compiled("mysql", command[1])
        self._begin(command.end())
        return True
