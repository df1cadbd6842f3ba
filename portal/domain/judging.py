"""The SQL of all of a ticket's data sources judged together, within one limit of size and time."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from flask_babel import gettext as _

from portal.domain import filing
from portal.domain.errors import RuleError
from portal.models import DataSource, DbType, Level
from portal.sqlaudit import AuditResult
from portal.sqlaudit.limits import MAX_BYTES, MAX_STATEMENTS, SECONDS

MOST_TASKS = 10


@dataclass(frozen=True)
class Share:
    """One data source's share of a ticket, in plain values: no transaction is open meanwhile.

    prefix: what stands before its fields' names, "" for the first. place: where the SQL is to
    run; two shares of a ticket never have the same.
    """

    prefix: str
    datasource_id: int
    dialect: str
    schema: str
    sql: str
    place: tuple[int, str]

    @classmethod
    def of(cls, source: DataSource, schema: str, sql: str, prefix: str = "") -> Share:
        """What was typed for this data source."""
        # MySQL knows no difference between the two; elsewhere a schema lies in the database.
        default = source.database if source.db_type == DbType.MYSQL else ""
        place = (source.id, schema or default)
        return cls(prefix, source.id, source.db_type.value, schema, sql, place)

    def refused(self, message: str, field: str = "sql") -> RuleError:
        """This sentence beside this share's field."""
        return RuleError(message, self.prefix + field)


def check_drafts(drafts: Sequence[filing.TaskDraft]) -> None:
    """As `check`, of what is about to be filed."""
    check([Share.of(one.datasource, one.schema, one.sql, one.prefix) for one in drafts])


def check(shares: Sequence[Share]) -> None:
    """Raises RuleError for too many shares, two of one place, or too much SQL in all."""
    if len(shares) > MOST_TASKS:
        raise shares[MOST_TASKS].refused(
            _("一个工单最多 %(n)d 个数据源，请拆分成多个工单。", n=MOST_TASKS), "datasource"
        )
    seen: dict[tuple[int, str], int] = {}
    for number, share in enumerate(shares, start=1):
        first = seen.setdefault(share.place, number)
        if first != number:
            raise share.refused(
                _("与第 %(n)d 个数据源重复：同一个库只能填一次。", n=first), "datasource"
            )
    _check_size(shares)


def _check_size(shares: Sequence[Share]) -> None:
    if len(shares) == 1:
        return  # sqlaudit has its own sentence for it
    size = 0
    for share in shares:
        size += len(share.sql.encode(errors="surrogatepass"))
        if size > MAX_BYTES:
            raise share.refused(
                _(
                    "各数据源的 SQL 加起来最多 2 MB（沿用第一个数据源的 SQL 也计算在内）。"
                    "请拆分成多个工单后再提交。"
                )
            )


def judge(shares: Sequence[Share], profile: Mapping[str, Level | str]) -> list[AuditResult]:
    """One result a share. It may take some seconds: call it while no transaction is open.

    profile: the project's levels, as rules.profile_of answers.

    The same SQL in the same dialect is judged once, and none is begun after the time of one is
    over: all of it takes at most twice as long as the largest SQL alone. Raises RuleError.
    """
    check(shares)
    found: dict[tuple[str, str], AuditResult] = {}
    ends = time.thread_time() + SECONDS
    for share in shares:
        key = (share.sql, share.dialect)
        if key in found:
            continue
        if time.thread_time() > ends:
            raise share.refused(
                _("各数据源的 SQL 加起来过于复杂，超过了审核的时间上限，请拆分成多个工单后再提交。")
            )
        found[key] = _audited(share, profile)
    results = [found[share.sql, share.dialect] for share in shares]
    _check_count(shares, results)
    return results


def _audited(share: Share, profile: Mapping[str, Level | str]) -> AuditResult:
    try:
        return filing.audit_sql(share.sql, share.dialect, profile)
    except RuleError as error:
        raise share.refused(error.message, error.field) from None


def _check_count(shares: Sequence[Share], results: Sequence[AuditResult]) -> None:
    total = 0
    for share, result in zip(shares, results, strict=True):
        total += len(result.statements)
        if total > MAX_STATEMENTS:
            raise share.refused(
                _(
                    "一个工单最多 %(n)d 条语句，各数据源加起来计算。请拆分成多个工单后再提交。",
                    n=MAX_STATEMENTS,
                )
            )
