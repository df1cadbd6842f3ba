"""sqlglot's parsers, made to stop in time: some texts backtrack without end."""

from __future__ import annotations

from sqlglot.dialects import Dialect

from portal.sqlaudit.limits import Stopwatch

SQLGLOT_NAMES = {"mysql": "mysql", "postgresql": "postgres", "sqlite": "sqlite"}
_CHECK_EVERY = 256


def parser(dialect: str, stopwatch: Stopwatch, position: int):
    """A parser for one statement. position: named in the sentence when the time is over."""
    made = _PARSERS[dialect](dialect=SQLGLOT_NAMES[dialect])
    made.stopwatch = stopwatch
    made.position = position
    return made


def _watched(dialect: str) -> type:
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
