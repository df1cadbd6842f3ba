"""The tables, one family a file. Only columns and relations live here; rules are in domain/."""

from portal.models.approval import Approval, ApprovalState
from portal.models.datasource import DataSource, DbType
from portal.models.delivery import (
    AppHealth,
    Delivery,
    DeliveryAction,
    DeliveryAttempt,
    DeliveryState,
    Heartbeat,
)
from portal.models.execution import (
    ExecutionRun,
    RunState,
    StatementRun,
    StatementState,
    TaskRun,
)
from portal.models.flow import Flow, FlowAssignee, FlowStep, StepKind
from portal.models.member import LoginFailure, Member, ProviderAccount, Role, Session
from portal.models.problem import (
    IssueKind,
    IssuePriority,
    IssueProgress,
    IssueState,
    ProblemIssue,
    ProblemSource,
    ProblemSql,
    ProblemStatus,
)
from portal.models.project import Project, ProjectMember, ProjectRole
from portal.models.provider_setting import ApiUsage, PortalSetting, ProviderSetting
from portal.models.record import OperationRecord
from portal.models.rule_setting import RuleSetting
from portal.models.ticket import (
    Level,
    StepState,
    Ticket,
    TicketStatement,
    TicketStatus,
    TicketStep,
    TicketStepAssignee,
    TicketTask,
)

__all__ = [
    "ApiUsage",
    "AppHealth",
    "Approval",
    "ApprovalState",
    "DataSource",
    "DbType",
    "Delivery",
    "DeliveryAction",
    "DeliveryAttempt",
    "DeliveryState",
    "ExecutionRun",
    "Flow",
    "FlowAssignee",
    "FlowStep",
    "Heartbeat",
    "IssueKind",
    "IssuePriority",
    "IssueProgress",
    "IssueState",
    "Level",
    "LoginFailure",
    "Member",
    "OperationRecord",
    "PortalSetting",
    "ProblemIssue",
    "ProblemSource",
    "ProblemSql",
    "ProblemStatus",
    "Project",
    "ProjectMember",
    "ProjectRole",
    "ProviderAccount",
    "ProviderSetting",
    "Role",
    "RuleSetting",
    "RunState",
    "Session",
    "StatementRun",
    "StatementState",
    "StepKind",
    "StepState",
    "TaskRun",
    "Ticket",
    "TicketStatement",
    "TicketStatus",
    "TicketStep",
    "TicketStepAssignee",
    "TicketTask",
]
