"""测试连接: one look at a target database, told line by line and recorded."""

from __future__ import annotations

from portal.domain import datasources, records, source_failures, source_lines
from portal.domain.provider import Check, CheckResult
from portal.domain.records import Action
from portal.domain.source_address import sqlite_file
from portal.kit.databases import Limits, Target, TargetError, look
from portal.models import DataSource, DbType, Member, Project

# Somebody stands at the button and waits.
LIMITS = Limits(connect=5, statement=5, lock=1)


def ask(target: Target) -> list[Check]:
    """Connect, look, let go; nothing is changed over there. No transaction may be open here."""
    try:
        return source_lines.of_facts(target, look(target, LIMITS))
    except TargetError as error:
        return source_failures.of_error(target, error)


def is_usable(checks: list[Check]) -> bool:
    """Whether tickets can be put online there; a warning keeps nobody from it."""
    return all(check.is_warning for check in checks if check.result is CheckResult.FAIL)


def record(
    project: Project, source: DataSource | None, target: Target, checks: list[Check], actor: Member
) -> None:
    """Who tested what, and how it ended; never the password."""
    failed = [check for check in checks if check.result is CheckResult.FAIL]
    is_file = target.db_type == DbType.SQLITE
    details = {
        "result": (CheckResult.OK if is_usable(checks) else CheckResult.FAIL).value,
        "failed": [check.name for check in failed],
        "code": next((check.code for check in failed if check.code), ""),
        "db_type": target.db_type,
        "host": target.host,
        "port": target.port,
        "username": target.username,
        "database": sqlite_file(target.database) if is_file else target.database,
    }
    subject = datasources.subject_of(project, source)
    records.add(Action.DATASOURCE_TESTED, subject, actor, details)
