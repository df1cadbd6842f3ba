"""How problem SQL and its issues are called, on every page alike."""

from __future__ import annotations

from flask_babel import gettext as _

from portal.domain.problem_lists import PushState
from portal.models import (
    IssueKind,
    IssuePriority,
    IssueProgress,
    ProblemSource,
    ProblemStatus,
)


def statuses() -> dict[str, str]:
    """What people have made of a problem."""
    return {
        ProblemStatus.UNHANDLED: _("待处理"),
        ProblemStatus.SOLVED: _("已解决"),
        ProblemStatus.IGNORED: _("已忽略"),
        ProblemStatus.MANUAL_AUDITED: _("已人工审核"),
    }


def sources() -> dict[str, str]:
    """Where a problem was seen last."""
    return {
        ProblemSource.TICKET: _("工单"),
        ProblemSource.SQL_FILE: _("SQL 文件"),
        ProblemSource.SLOW_LOG: _("慢查询"),
    }


def push_states() -> dict[str, str]:
    """How far a problem's issue is."""
    return {
        PushState.NONE: _("未推送"),
        PushState.QUEUED: _("推送中"),
        PushState.CREATED: _("已推送"),
        PushState.FAILED: _("推送失败"),
    }


def progresses() -> dict[str, str]:
    """What the tracker says of an issue."""
    return {
        IssueProgress.UNKNOWN: "",
        IssueProgress.OPEN: _("未开始"),
        IssueProgress.WORKING: _("处理中"),
        IssueProgress.DONE: _("已完成"),
        IssueProgress.GONE: _("已删除"),
    }


def kinds() -> dict[str, str]:
    """What an issue is over there."""
    return {
        IssueKind.DEFECT: _("缺陷"),
        IssueKind.REQUIREMENT: _("需求"),
        IssueKind.MISSION: _("任务"),
        IssueKind.EPIC: _("史诗"),
        IssueKind.SUB_TASK: _("子任务"),
    }


def priorities() -> dict[str, str]:
    """How urgent an issue is."""
    return {
        IssuePriority.LOW: _("低"),
        IssuePriority.MEDIUM: _("中"),
        IssuePriority.HIGH: _("高"),
        IssuePriority.EMERGENCY: _("紧急"),
    }
