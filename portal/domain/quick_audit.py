"""上传 SQL 快捷审核: a file of SQL or a list of slow queries is judged, its problems are kept."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import islice

from flask_babel import gettext as _

from portal import sqlaudit
from portal.domain import gathering, records, sightings
from portal.domain.errors import RuleError
from portal.domain.gathering import Gathered
from portal.extensions import db
from portal.models import DataSource, Level, Member, ProblemSource, Project
from portal.sqlaudit.limits import MAX_STATEMENTS, Stopwatch, TooLong, check_text
from portal.sqlaudit.slow_log import SlowQuery, is_slow_log, read_slow_log
from portal.sqlaudit.slow_table import is_slow_table, read_slow_table

MOST_ENTRIES = 50_000
# Of the processor's time: entries are judged one by one, each within the audit's own limit.
SECONDS = 5.0
FIELD = "sql_file"


@dataclass(frozen=True)
class Found:
    """Statements of one place in the file. schema: as the file says; count: how often they ran."""

    statements: list[sqlaudit.Statement]
    schema: str
    count: int = 1


@dataclass(frozen=True)
class Judged:
    """entries: slow queries in the file, 0 for a file of SQL; unread: not judged among them."""

    source: ProblemSource
    found: list[Found]
    entries: int = 0
    unread: int = 0

    @property
    def statements(self) -> int:
        return sum(len(one.statements) for one in self.found)

    @property
    def faulty(self) -> int:
        """How many statements have findings."""
        return sum(bool(each.findings) for one in self.found for each in one.statements)


def judge(text: str, dialect: str, profile: Mapping[str, Level | str]) -> Judged:
    """It may take some seconds: call it while no transaction is open. Raises RuleError.

    profile: the project's levels, as rules.profile_of answers.
    """
    try:
        check_text(text)
        if is_slow_log(text):
            return _slow(read_slow_log(text), dialect, profile)
        if is_slow_table(text):
            return _slow(read_slow_table(text, dialect), dialect, profile)
        statements = sqlaudit.audit(text, dialect, profile).statements
        return Judged(ProblemSource.SQL_FILE, [Found(statements, "")])
    except sqlaudit.AuditError as error:
        raise RuleError(str(error), FIELD) from None


def keep(
    project: Project, source: DataSource, schema: str, judged: Judged, actor: Member
) -> Gathered:
    """The problems of a file. schema: where the file names none. Answers what became of them."""
    seen = [
        one
        for part in judged.found
        for one in sightings.seen_in(source, part.schema or schema, part.statements, part.count)
    ]
    gathered = gathering.gather(project, seen, judged.source, actor)
    details = {
        "source": judged.source.value,
        "name": source.name,
        "statements": judged.statements,
        "new": gathered.new,
        "again": gathered.again,
    }
    action = records.Action.PROBLEMS_UPLOADED
    records.add(action, gathering.subject_of(project), actor, details)
    db.session.flush()
    return gathered


def _slow(queries: Iterable[SlowQuery], dialect: str, profile) -> Judged:
    stopwatch = Stopwatch(SECONDS)
    entries = list(islice(queries, MOST_ENTRIES + 1))
    if not entries:
        raise RuleError(_("文件中没有找到慢查询语句。"), FIELD)
    if len(entries) > MOST_ENTRIES:
        text = _("一次最多 %(n)d 条慢查询，请拆分文件后分次上传。", n=MOST_ENTRIES)
        raise RuleError(text, FIELD)
    found, unread = [], 0
    try:
        for query in _once(entries, dialect, stopwatch):
            stopwatch.check(len(found) + 1)
            try:
                statements = sqlaudit.audit(query.sql, dialect, profile).statements
                found.append(Found(statements, query.schema, query.count))
            except sqlaudit.AuditError:
                unread += 1
    except TooLong:
        text = _("慢查询过多或过于复杂，超过了审核的时间上限，请拆分文件后分次上传。")
        raise RuleError(text, FIELD) from None
    return Judged(ProblemSource.SLOW_LOG, found, len(entries), unread)


def _once(entries: Iterable[SlowQuery], dialect: str, stopwatch) -> Iterator[SlowQuery]:
    """Each statement of a schema once, its numbers added. Raises RuleError for too many."""
    marks: dict[str, str] = {}
    found: dict[tuple[str, str], SlowQuery] = {}
    for position, query in enumerate(entries, start=1):
        stopwatch.check(position)
        if query.sql not in marks:
            marks[query.sql] = sqlaudit.fingerprint(query.sql, dialect)
        key = (query.schema, marks[query.sql])
        before = found[key].count if key in found else 0
        found[key] = replace(query, count=before + query.count)
    if len(found) > MAX_STATEMENTS:
        text = _("合并后仍有超过 %(n)d 条不同的慢查询，请拆分文件后分次上传。", n=MAX_STATEMENTS)
        raise RuleError(text, FIELD)
    yield from found.values()
