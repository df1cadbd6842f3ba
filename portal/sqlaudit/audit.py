"""SQL text → the judgement of each of its statements."""

from __future__ import annotations

from flask_babel import gettext as _

from portal.sqlaudit import problems
from portal.sqlaudit.catalog import Catalog
from portal.sqlaudit.fingerprint import fingerprint
from portal.sqlaudit.limits import AuditError, Stopwatch, check_text
from portal.sqlaudit.parse import Parsed, parse
from portal.sqlaudit.result import AuditResult, Finding, judged, summed_up
from portal.sqlaudit.rules import Context, Judge
from portal.sqlaudit.rules.registry import Profile
from portal.sqlaudit.split import Piece, split


def audit(sql: str, dialect: str, profile: Profile | None = None) -> AuditResult:
    """Judge every statement of this text, in at most about two seconds.

    dialect: mysql, postgresql or sqlite. profile: rule id → Level, or "off"; an id that is not
    known is ignored. A statement that does not parse is a finding of level error; the others
    are judged all the same. Raises AuditError with a sentence when the text is empty, too long
    or too complex, or holds what no database takes.
    """
    check_text(sql)
    stopwatch = Stopwatch()
    pieces = split(sql, dialect)
    if not pieces:
        raise AuditError(_("请填写 SQL：目前只有空白或注释。"))
    # All are read before the first is judged: a later statement may explain an earlier one.
    read = _read(pieces, dialect, stopwatch)
    catalog = _learned(read)
    judge = Judge(dialect, profile or {})
    statements = []
    for position, (piece, parsed) in enumerate(read, start=1):
        context = Context(dialect, position, catalog)
        stopwatch.check(position)
        findings = _findings(judge, piece, parsed, context, stopwatch)
        statements.append(judged(position, piece.sql, findings, _mark(piece, findings, dialect)))
    return summed_up(statements)


def _mark(piece: Piece, findings: list[Finding], dialect: str) -> str:
    """Made here, where no transaction is open: it takes half as long as reading."""
    return fingerprint(piece.sql, dialect) if findings else ""


def _read(pieces: list[Piece], dialect: str, stopwatch: Stopwatch) -> list[tuple[Piece, Parsed]]:
    read = []
    for position, piece in enumerate(pieces, start=1):
        stopwatch.check(position)
        read.append((piece, parse(piece, dialect, stopwatch, position)))
    return read


def _learned(read: list[tuple[Piece, Parsed]]) -> Catalog:
    catalog = Catalog()
    for position, (piece, parsed) in enumerate(read, start=1):
        catalog.learn(position, piece.words, parsed.tree)
    return catalog


def _findings(
    judge: Judge, piece: Piece, parsed: Parsed, context: Context, stopwatch: Stopwatch
) -> list[Finding]:
    found = judge.problem(problems.executable_comment()) if piece.has_executable_comment else []
    if parsed.problem is not None:
        found += judge.problem(parsed.problem)
    return found + judge.findings(piece, parsed.tree, context, stopwatch)
