"""SQL text → the judgement of each of its statements."""

from __future__ import annotations

from flask_babel import gettext as _

from portal.sqlaudit import rules
from portal.sqlaudit.limits import AuditError, Stopwatch, check_text
from portal.sqlaudit.parse import parse
from portal.sqlaudit.result import AuditResult, Finding, Level, judged, summed_up
from portal.sqlaudit.split import Piece, split


def audit(sql: str, dialect: str) -> AuditResult:
    """Judge every statement of this text, in at most about two seconds.

    dialect: mysql, postgresql or sqlite. A statement that does not parse is a finding of
    level error; the others are judged all the same. Raises AuditError with a sentence when
    the text is empty, too long or too complex, or holds what no database takes.
    """
    check_text(sql)
    stopwatch = Stopwatch()
    pieces = split(sql, dialect)
    if not pieces:
        raise AuditError(_("请填写 SQL：目前只有空白或注释。"))
    return summed_up(
        [
            judged(position, piece.sql, _findings(piece, dialect, stopwatch, position))
            for position, piece in enumerate(pieces, start=1)
        ]
    )


def _findings(piece: Piece, dialect: str, stopwatch: Stopwatch, position: int) -> list[Finding]:
    stopwatch.check(position)
    found = []
    if piece.has_executable_comment:
        text = _("可执行注释 /*! … */ 中的内容会被执行，但没有审核")
        found.append(Finding("executable_comment", Level.WARN, text))
    parsed = parse(piece, dialect, stopwatch, position)
    if parsed.problem is not None:
        return [*found, parsed.problem]
    if parsed.tree is not None:
        found += rules.judge(parsed.tree, dialect)
    return found
