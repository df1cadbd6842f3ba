"""One press of 推送: what the form holds, whether it makes sense, and what it makes of an issue."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import datetime

from flask_babel import gettext as _

from portal.domain import deliveries, issue_rows, settings
from portal.domain.errors import RuleError
from portal.domain.installation import issue_key
from portal.extensions import db
from portal.models import (
    IssueKind,
    IssuePriority,
    IssueProgress,
    Level,
    Member,
    ProblemIssue,
    ProblemSql,
    ProviderSetting,
)

LONGEST_PROJECT = 128
# /p/<name>/… of a project's address, for those who paste it whole.
_ADDRESS = re.compile(r"https?://[^/\s]+/p/([^/?#\s]+)")
_PROPOSED = {
    Level.NORMAL: IssuePriority.LOW,
    Level.NOTICE: IssuePriority.LOW,
    Level.WARN: IssuePriority.MEDIUM,
    Level.ERROR: IssuePriority.HIGH,
}


@dataclass(frozen=True)
class PushOrder:
    """What the push form holds.

    project   the tracker's project; must be given
    priority  None: by each problem's level, see `proposed`
    assignee  None: each problem's own
    parent    number of the issue that a SUB_TASK belongs under
    """

    project: str
    kind: IssueKind
    priority: IssuePriority | None = None
    assignee: Member | None = None
    parent: int | None = None


def proposed(level: Level) -> IssuePriority:
    """How urgent a problem of this level is."""
    return _PROPOSED[level]


def project_name(text: str) -> str:
    """The project's identifier: the last part of its address, which may be pasted whole."""
    found = _ADDRESS.match(text.strip())
    return found.group(1) if found else text.strip().strip("/")


def check_project_name(name: str) -> None:
    """Raises RuleError on coding_project for what no project can be called."""
    if len(name) > LONGEST_PROJECT:
        raise RuleError(_("最多 %(n)d 个字符。", n=LONGEST_PROJECT), "coding_project")
    if any(char.isspace() or char in "/?#\\" or ord(char) < 32 for char in name):
        raise RuleError(
            _("这不是项目名称：只填项目地址 /p/ 后面的那一部分，例如 example-project。"),
            "coding_project",
        )


def checked(order: PushOrder) -> PushOrder:
    """The order with its project's bare name. Raises RuleError on coding_project or parent."""
    name = project_name(order.project)
    if not name:
        raise RuleError(_("请填写 CODING 项目名称：项目地址的最后一部分。"), "coding_project")
    check_project_name(name)
    if order.kind == IssueKind.SUB_TASK and order.parent is None:
        raise RuleError(_("子任务要填写它所属的事项编号，例如 12。"), "parent")
    return replace(order, project=name)


def enabled_setting(tracker: str) -> ProviderSetting:
    """The tracker's row. Raises RuleError when it is not switched on."""
    setting = settings.provider_setting(tracker)
    if not setting.is_enabled:
        raise RuleError(_("还没有启用 CODING 对接，请管理员先在「系统设置 - 流程对接」中启用。"))
    return setting


class Press:
    """One press of the button. batch: its name; at: UTC."""

    def __init__(
        self,
        order: PushOrder,
        actor: Member,
        setting: ProviderSetting,
        batch: str,
        at: datetime,
    ) -> None:
        self.batch = batch
        self._order, self._actor, self._setting, self._at = order, actor, setting, at

    def order(self, problem: ProblemSql, issue: ProblemIssue | None) -> None:
        """Queue this problem's issue. One that may be over there already keeps its place."""
        values = self._values(problem)
        if issue is not None and issue_rows.may_stand(issue, self._setting.app_key):
            delivery = issue_rows.newest_delivery(issue)
            # Looked for where it was ordered first; made as ordered now, if it is not there.
            delivery.payload = {"order": values}
            self._queue(issue)
            deliveries.put_back(delivery)
            return
        if issue is None:
            issue = ProblemIssue(
                problem=problem, key=issue_key(problem), round=0, tracker=self._setting.provider
            )
            db.session.add(issue)
        issue.app_key = self._setting.app_key
        issue_rows.ordered(issue, values)
        issue.round += 1
        self._queue(issue)
        deliveries.put_issue(issue, self._at)

    def _values(self, problem: ProblemSql) -> dict:
        """What is ordered, as issue_rows.ordered takes it."""
        order, own = self._order, None
        if problem.assignee_id is not None:
            own = db.session.get(Member, problem.assignee_id)
        assignee = order.assignee or (own if own and own.is_enabled else None)
        return {
            "project_name": order.project,
            "kind": order.kind.value,
            "priority": (order.priority or proposed(problem.level)).value,
            "parent": order.parent,
            "assignee_id": assignee.id if assignee else None,
        }

    def _queue(self, issue: ProblemIssue) -> None:
        issue.number = issue.url = issue.progress_name = issue.note = ""
        issue.progress = IssueProgress.UNKNOWN
        issue.created_at = issue.looked_at = issue.next_look_at = None
        issue.batch, issue.pushed_by_id, issue.pushed_at = self.batch, self._actor.id, self._at
        issue_rows.wait_again(issue)
