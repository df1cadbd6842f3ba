"""What an audit answers, and the documented score."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Level(StrEnum):
    """Of a finding; in the order of their weight."""

    NORMAL = "normal"
    NOTICE = "notice"
    WARN = "warn"
    ERROR = "error"


_WEIGHT = {level: weight for weight, level in enumerate(Level)}


def worst(levels) -> Level:
    """The heaviest of these levels; normal when there is none."""
    return max(levels, key=_WEIGHT.__getitem__, default=Level.NORMAL)


@dataclass(frozen=True)
class Finding:
    """One rule that a statement broke. message: a sentence for people; english: the same one."""

    rule: str
    level: Level
    message: str
    english: str = ""


@dataclass(frozen=True)
class Statement:
    """position counts from 1. sql: exactly as typed. findings: worst first.

    fingerprint: of one with findings; empty for the others.
    """

    position: int
    sql: str
    level: Level
    findings: list[Finding]
    fingerprint: str = ""


@dataclass(frozen=True)
class AuditResult:
    """score: 0-100. pass_rate: the share, 0-1, of statements without any finding."""

    statements: list[Statement]
    score: float
    pass_rate: float
    level: Level


def judged(
    position: int, sql: str, findings: list[Finding], fingerprint: str = ""
) -> Statement:
    """A statement with its findings in order and their worst level."""
    ordered = sorted(findings, key=lambda finding: -_WEIGHT[finding.level])
    return Statement(position, sql, worst(one.level for one in findings), ordered, fingerprint)


def summed_up(statements: list[Statement]) -> AuditResult:
    """The whole answer for these statements, at least one."""
    count = {level: sum(one.level == level for one in statements) for level in Level}
    rate, points = score(
        len(statements), count[Level.ERROR], count[Level.WARN], count[Level.NOTICE]
    )
    return AuditResult(statements, points, rate, worst(one.level for one in statements))


def score(total: int, errors: int, warns: int, notices: int) -> tuple[float, float]:
    """The pass rate (0-1) and the score (0-100) by the manual's formula.

    errors, warns, notices: numbers of statements whose worst finding is of that level.
    """
    p = (total - errors - warns - notices) / total
    e = errors / total
    w = (errors + warns) / total
    n = (errors + warns + notices) / total
    points = 30 * p + 15 * (1 - e) + 10 * (1 - w) + 5 * (1 - n)
    points += 15 * (e == 0) + 10 * (w == 0) + 5 * (n == 0)
    points += 5 * (e < 0.1) + 3 * (w < 0.1) + 2 * (n < 0.1)
    return p, points
