"""How much SQL is judged, and for how long; beyond that it is refused with a sentence."""

from __future__ import annotations

import time

from flask_babel import gettext as _

MAX_BYTES = 2 * 1024 * 1024
MAX_STATEMENTS = 2000
# The tokenizer cannot be interrupted; this many words take it about half a second.
MAX_WORDS = 150_000
# sqlglot recurses about 20 frames a bracket, and Python stops it at 1000.
MAX_DEPTH = 30
# Of this thread's own processor time, so that a busy machine refuses no more than an idle one.
SECONDS = 1.2


class AuditError(Exception):
    """This SQL is not judged at all; its text is a sentence for people."""


class TooLong(AuditError):
    """The time limit is over."""


class Stopwatch:
    """Counts this thread's processor time against the limit."""

    def __init__(self, seconds: float = SECONDS):
        self._end = time.thread_time() + seconds

    def check(self, position: int) -> None:
        """position: of the statement at hand, named in the sentence. Raises TooLong."""
        if time.thread_time() > self._end:
            raise TooLong(
                _(
                    "SQL 过于复杂，审到第 %(n)d 条语句时超过了时间上限，请拆分成多个工单后再提交。",
                    n=position,
                )
            )


def check_text(sql: str) -> None:
    """Raises AuditError for what no database would take, or what is too long."""
    if "\0" in sql:
        raise AuditError(_("SQL 中含有空字符（NUL），请删除后再提交。"))
    try:
        size = len(sql.encode())
    except UnicodeEncodeError:
        raise AuditError(_("SQL 中含有无法识别的字符，请以 UTF-8 编码重新粘贴或上传。")) from None
    if size > MAX_BYTES:
        raise AuditError(_("SQL 最多 2 MB。请拆分成多个工单后再提交。"))
