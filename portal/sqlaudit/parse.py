"""One statement → its syntax tree, or the sentence that says why there is none.

sqlglot is a translator: it takes a bare word for a statement and falls back to an unread
"command" for what it does not know. Here such a thing is never silently fine: a known
administrative statement is let through, a known object that it could not read is a notice,
the rest is an error.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from flask_babel import gettext as _
from sqlglot import exp
from sqlglot.dialects import Dialect
from sqlglot.errors import ParseError, TokenError

from portal.sqlaudit.limits import MAX_DEPTH, Stopwatch
from portal.sqlaudit.result import Finding, Level
from portal.sqlaudit.split import Piece
from portal.sqlaudit.vocabulary import is_command, names_an_object

SQLGLOT_NAMES = {"mysql": "mysql", "postgresql": "postgres", "sqlite": "sqlite"}

_STATEMENTS = (
    exp.Query,
    exp.DML,
    exp.Values,
    exp.Create,
    exp.Drop,
    exp.Alter,
    exp.TruncateTable,
    exp.Merge,
    exp.Set,
    exp.Show,
    exp.Use,
    exp.Transaction,
    exp.Commit,
    exp.Rollback,
    exp.Describe,
    exp.Analyze,
    exp.Comment,
    exp.Copy,
    exp.Grant,
    exp.Revoke,
    exp.Kill,
    exp.Pragma,
    exp.Attach,
    exp.Detach,
    exp.LoadData,
)
_REPLACE = re.compile(r"REPLACE\b", re.IGNORECASE)
_CHECK_EVERY = 256
_NEAR = 40


@dataclass(frozen=True)
class Parsed:
    """tree is None when the statement was not read; problem then says why, if it is one."""

    tree: exp.Expr | None = None
    problem: Finding | None = None


def parse(piece: Piece, dialect: str, stopwatch: Stopwatch, position: int) -> Parsed:
    """Read one statement in its database's dialect. Raises limits.TooLong."""
    if piece.depth > MAX_DEPTH:
        return _error(_("括号嵌套超过 %(n)d 层，无法解析", n=MAX_DEPTH))
    if piece.is_routine or (dialect == "postgresql" and piece.words[:1] == ["DO"]):
        text = _("存储过程、函数、触发器等的正文没有审核，请人工确认")
        return Parsed(None, Finding("not_read", Level.NOTICE, text))
    if is_command(piece.words, dialect):
        return Parsed()
    return _read(piece, dialect, stopwatch, position)


def _read(piece: Piece, dialect: str, stopwatch: Stopwatch, position: int) -> Parsed:
    parser = _parser(dialect, stopwatch, position)
    sql = _replace_as_insert(piece, dialect)
    try:
        tokens = parser.dialect.tokenize(sql)
        trees = parser.parse(tokens, sql)
    except ParseError as error:
        return _syntax_error(error)
    except TokenError:
        return _error(_("引号、反引号或注释没有闭合，无法解析"))
    except RecursionError:
        return _error(_("嵌套层数过多，无法解析"))
    return _accepted(piece, [tree for tree in trees if tree is not None])


def _accepted(piece: Piece, trees: list[exp.Expr]) -> Parsed:
    """The tree, unless it is only sqlglot's way of not understanding."""
    if not trees and piece.has_executable_comment:
        return Parsed()
    tree = trees[0] if len(trees) == 1 else None
    if isinstance(tree, exp.Command):
        if not names_an_object(piece.words[1:]):
            return _error(_("语法错误：无法识别的 %(verb)s 语句", verb=piece.words[0]))
        text = _("未能完整解析这条 %(verb)s 语句，语法没有检查，请人工确认", verb=piece.words[0])
        return Parsed(None, Finding("not_read", Level.NOTICE, text))
    if not isinstance(tree, _STATEMENTS):
        return _error(_("语法错误：这不是一条完整的 SQL 语句"))
    if isinstance(tree, exp.Update) and not tree.expressions:
        return _error(_("语法错误：UPDATE 缺少 SET"))
    return Parsed(tree)


def _replace_as_insert(piece: Piece, dialect: str) -> str:
    """REPLACE INTO has INSERT's grammar, but sqlglot reads only the latter."""
    if dialect == "postgresql" or piece.words[:1] != ["REPLACE"]:
        return piece.sql
    return _REPLACE.sub("INSERT ", piece.sql, count=1)


def _error(message: str) -> Parsed:
    return Parsed(None, Finding("syntax", Level.ERROR, message))


def _syntax_error(error: ParseError) -> Parsed:
    where = error.errors[0] if error.errors else {}
    near = str(where.get("highlight") or "").strip()[:_NEAR]
    if not near:
        return _error(_("语法错误：语句不完整"))
    return _error(
        _("语法错误：第 %(line)d 行「%(near)s」附近无法解析", line=where["line"], near=near)
    )


def _parser(dialect: str, stopwatch: Stopwatch, position: int):
    parser = _PARSERS[dialect](dialect=SQLGLOT_NAMES[dialect])
    parser.stopwatch = stopwatch
    parser.position = position
    return parser


def _watched(dialect: str) -> type:
    """sqlglot's parser of this dialect, made to stop in time: some texts backtrack without end."""
    base = Dialect.get_or_raise(SQLGLOT_NAMES[dialect]).parser_class

    class Watched(base):
        stopwatch: Stopwatch
        position: int
        steps = 0

        def _advance(self, times=1):
            self.steps += 1
            if self.steps % _CHECK_EVERY == 0:
                self.stopwatch.check(self.position)
            super()._advance(times)

        def _warn_unsupported(self):
            """Say nothing: the log line would hold the SQL, which may hold personal data."""

    return Watched


_PARSERS = {dialect: _watched(dialect) for dialect in SQLGLOT_NAMES}
