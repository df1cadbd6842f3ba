"""One statement → its syntax tree, or the problem that explains why there is none.

sqlglot is a translator: it takes a bare word for a statement and falls back to an unread
"command" for what it does not know. Here such a thing is never silently fine: a known
administrative statement is let through, a known object that it could not read is a notice,
the rest is an error.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from sqlglot import exp
from sqlglot.errors import ParseError, TokenError

from portal.sqlaudit import problems
from portal.sqlaudit.limits import MAX_DEPTH, Stopwatch
from portal.sqlaudit.problems import Problem
from portal.sqlaudit.split import Piece
from portal.sqlaudit.vocabulary import is_command, names_an_object
from portal.sqlaudit.watched import parser

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
# MySQL takes several columns in brackets; sqlglot does not.
_ADD_IN_BRACKETS = re.compile(r"ALTER\b.*?\bADD\s+(?:COLUMN\s+)?\(", re.IGNORECASE | re.DOTALL)
_NEAR = 40


@dataclass(frozen=True)
class Parsed:
    """tree is None when the statement was not read; problem then says why, if it is one."""

    tree: exp.Expr | None = None
    problem: Problem | None = None


def parse(piece: Piece, dialect: str, stopwatch: Stopwatch, position: int) -> Parsed:
    """Read one statement in its database's dialect. Raises limits.TooLong."""
    if piece.depth > MAX_DEPTH:
        return Parsed(problem=problems.too_deep(MAX_DEPTH))
    if piece.is_routine or (dialect == "postgresql" and piece.words[:1] == ["DO"]):
        return Parsed(problem=problems.routine_not_read())
    if piece.writes_file or is_command(piece.words, dialect):
        return Parsed()
    return _read(piece, dialect, stopwatch, position)


def _read(piece: Piece, dialect: str, stopwatch: Stopwatch, position: int) -> Parsed:
    reader = parser(dialect, stopwatch, position)
    sql = _replace_as_insert(piece, dialect)
    try:
        tokens = reader.dialect.tokenize(sql)
        trees = reader.parse(tokens, sql)
    except ParseError as error:
        if dialect == "mysql" and _ADD_IN_BRACKETS.match(sql):
            return Parsed(problem=problems.object_not_read(piece.words[0]))
        return Parsed(problem=_syntax_error(error))
    except TokenError:
        return Parsed(problem=problems.not_closed())
    except RecursionError:
        return Parsed(problem=problems.too_nested())
    return _accepted(piece, [tree for tree in trees if tree is not None])


def _accepted(piece: Piece, trees: list[exp.Expr]) -> Parsed:
    """The tree, unless it is only sqlglot's way of not understanding."""
    if not trees and piece.has_executable_comment:
        return Parsed()
    tree = trees[0] if len(trees) == 1 else None
    problem = _doubt(piece, tree)
    return Parsed(tree) if problem is None else Parsed(problem=problem)


def _doubt(piece: Piece, tree: exp.Expr | None) -> Problem | None:
    if isinstance(tree, exp.Command):
        verb = piece.words[0]
        known = names_an_object(piece.words[1:])
        return problems.object_not_read(verb) if known else problems.unknown_verb(verb)
    if not isinstance(tree, _STATEMENTS):
        return problems.no_statement()
    if isinstance(tree, exp.DML) and not isinstance(tree.this, exp.Expr):
        return problems.incomplete()
    if isinstance(tree, exp.Update) and not tree.expressions:
        return problems.update_without_set()
    return None


def _replace_as_insert(piece: Piece, dialect: str) -> str:
    """REPLACE INTO has INSERT's grammar, but sqlglot reads only the latter."""
    if dialect == "postgresql" or piece.words[:1] != ["REPLACE"]:
        return piece.code
    return _REPLACE.sub("INSERT ", piece.code, count=1)


def _syntax_error(error: ParseError) -> Problem:
    where = error.errors[0] if error.errors else {}
    near = str(where.get("highlight") or "").strip()[:_NEAR]
    return problems.syntax_near(where["line"], near) if near else problems.incomplete()
