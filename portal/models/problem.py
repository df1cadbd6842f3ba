"""Problem SQL (SQL管控), and the issues it was pushed as to a tracker."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import JSON, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.extensions import db
from portal.kit.clock import UtcDateTime, utc_now
from portal.models.columns import LongText, enum_column
from portal.models.datasource import DataSource
from portal.models.member import Member
from portal.models.project import Project
from portal.models.ticket import Ticket
from portal.sqlaudit.result import Level


class ProblemSource(StrEnum):
    """Where a problem was seen last: in a ticket, a file of SQL, a list of slow queries."""

    TICKET = "ticket"
    SQL_FILE = "sql_file"
    SLOW_LOG = "slow_log"


class ProblemStatus(StrEnum):
    """What people have made of it: 待处理, 已解决, 已忽略, 已人工审核."""

    UNHANDLED = "unhandled"
    SOLVED = "solved"
    IGNORED = "ignored"
    MANUAL_AUDITED = "manual_audited"


class IssueKind(StrEnum):
    """What it becomes over there: 缺陷, 需求, 任务, 史诗, 子任务."""

    DEFECT = "DEFECT"
    REQUIREMENT = "REQUIREMENT"
    MISSION = "MISSION"
    EPIC = "EPIC"
    SUB_TASK = "SUB_TASK"


class IssuePriority(StrEnum):
    """低, 中, 高, 紧急."""

    LOW = "LOW"
    MEDIUM = "MEDIUM"
    HIGH = "HIGH"
    EMERGENCY = "EMERGENCY"


class IssueState(StrEnum):
    """How far the push has come; `failed` needs a person, `problem` says why."""

    QUEUED = "queued"
    CREATED = "created"
    FAILED = "failed"


class IssueProgress(StrEnum):
    """What the tracker says of it: open, in work, done, deleted; unknown: not read as yet."""

    UNKNOWN = "unknown"
    OPEN = "open"
    WORKING = "working"
    DONE = "done"
    GONE = "gone"


class ProblemSql(db.Model):
    """A statement with findings, once for a data source and schema, however often it was seen.

    fingerprint: the statement without its values (sqlaudit.fingerprint).
    digest: SHA-256 of the schema and the fingerprint.
    sql, findings, level, source, ticket: as it was seen last. findings are as in TicketStatement.
    count: how often it was seen. reopened_at: when it last came back after 已解决.
    """

    __tablename__ = "problem_sql"
    __table_args__ = (
        UniqueConstraint("project_id", "datasource_id", "schema", "digest"),
        Index("ix_problem_sql_project_status", "project_id", "status", "id"),
        Index("ix_problem_sql_project", "project_id", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    project_id: Mapped[int] = mapped_column(ForeignKey("project.id"))
    datasource_id: Mapped[int] = mapped_column(ForeignKey("datasource.id"))
    schema: Mapped[str] = mapped_column(String(128), default="")
    digest: Mapped[str] = mapped_column(String(64))
    fingerprint: Mapped[str] = mapped_column(LongText)
    sql: Mapped[str] = mapped_column(LongText)
    level: Mapped[Level] = mapped_column(enum_column(Level))
    findings: Mapped[list] = mapped_column(JSON, default=list)
    source: Mapped[ProblemSource] = mapped_column(enum_column(ProblemSource))
    ticket_id: Mapped[int | None] = mapped_column(ForeignKey("ticket.id"))
    count: Mapped[int] = mapped_column(default=1)
    first_seen_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)
    last_seen_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)
    status: Mapped[ProblemStatus] = mapped_column(
        enum_column(ProblemStatus), default=ProblemStatus.UNHANDLED
    )
    reopened_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    assignee_id: Mapped[int | None] = mapped_column(ForeignKey("member.id"))
    remark: Mapped[str] = mapped_column(String(500), default="")

    project: Mapped[Project] = relationship()
    datasource: Mapped[DataSource] = relationship()
    ticket: Mapped[Ticket | None] = relationship()
    assignee: Mapped[Member | None] = relationship()
    issue: Mapped[ProblemIssue | None] = relationship(back_populates="problem", uselist=False)


class ProblemIssue(db.Model):
    """The one issue of a problem. A second push only links to it.

    tracker, app_key: which one, at which address. key: what marks it over there, last in its
    title. number: the tracker's own, empty until it was created. round: counts how often it was
    pushed anew, after its deletion over there. batch: of one press of the button.
    failure, failure_code, cure: why it was not created. note: what was left out, in plain words.
    """

    __tablename__ = "problem_issue"
    __table_args__ = (
        Index("ix_problem_issue_batch", "batch", "state"),
        Index("ix_problem_issue_look", "tracker", "app_key", "next_look_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    problem_id: Mapped[int] = mapped_column(ForeignKey("problem_sql.id"), unique=True)
    key: Mapped[str] = mapped_column(String(64), unique=True)
    round: Mapped[int] = mapped_column(default=1)
    tracker: Mapped[str] = mapped_column(String(16))
    app_key: Mapped[str] = mapped_column(String(128))
    project_name: Mapped[str] = mapped_column(String(128))
    kind: Mapped[IssueKind] = mapped_column(enum_column(IssueKind))
    priority: Mapped[IssuePriority] = mapped_column(enum_column(IssuePriority))
    parent: Mapped[int | None]
    assignee_id: Mapped[int | None] = mapped_column(ForeignKey("member.id"))
    batch: Mapped[str] = mapped_column(String(32))
    pushed_by_id: Mapped[int] = mapped_column(ForeignKey("member.id"))
    pushed_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)
    state: Mapped[IssueState] = mapped_column(enum_column(IssueState), default=IssueState.QUEUED)
    number: Mapped[str] = mapped_column(String(32), default="")
    url: Mapped[str] = mapped_column(String(500), default="")
    created_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    progress: Mapped[IssueProgress] = mapped_column(
        enum_column(IssueProgress), default=IssueProgress.UNKNOWN
    )
    progress_name: Mapped[str] = mapped_column(String(100), default="")
    looked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    next_look_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    note: Mapped[str] = mapped_column(String(500), default="")
    failure: Mapped[str] = mapped_column(LongText, default="")
    failure_code: Mapped[str] = mapped_column(String(128), default="")
    cure: Mapped[str] = mapped_column(LongText, default="")

    problem: Mapped[ProblemSql] = relationship(back_populates="issue")
    assignee: Mapped[Member | None] = relationship(foreign_keys=[assignee_id])
    pushed_by: Mapped[Member] = relationship(foreign_keys=[pushed_by_id])
