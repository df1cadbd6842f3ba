"""What a card says: when it is opened, and when it ends."""

from __future__ import annotations

from datetime import datetime

from flask import current_app
from flask_babel import gettext as _

from portal.domain import restored, running, schedules, settings
from portal.domain.provider import ApprovalRequest, CardRow
from portal.kit import texts
from portal.kit.clock import local
from portal.models import Approval, StepKind, StepState, Ticket, TicketStatus, TicketStep


def request_of(approval: Approval) -> ApprovalRequest:
    """What the card shows; template and people are still to be filled in."""
    return _of_sample(approval) if approval.step is None else _of_step(approval)


def _of_step(approval: Approval) -> ApprovalRequest:
    step, ticket = approval.step, approval.step.ticket
    return ApprovalRequest(
        key=approval.key,
        template_code="",
        originator="",
        approvers=(),
        project=ticket.project.title,
        subject=ticket.subject,
        description=_asked(ticket) + ticket.description,
        link=settings.ticket_url(ticket) or _("（未配置 URL 地址前缀，请在电脑上打开门户查看）"),
        action=_("审核") if step.kind == StepKind.AUDIT else _("上线"),
        rows=tuple(
            CardRow(
                datasource=task.datasource.name,
                score=texts.score(task.score),
                pass_rate=texts.percent(task.pass_rate),
            )
            for task in ticket.tasks
        ),
        sql="\n\n".join(task.sql for task in ticket.tasks),
    )


def _asked(ticket: Ticket) -> str:
    """The last question before a scheduled run; empty at other times."""
    if not schedules.is_asking(ticket):
        return ""
    return _(
        "定时上线确认：将于 %(when)s 执行。同意后到时执行；到时没有人同意，则不执行。\n\n",
        when=_shown(ticket.scheduled_at),
    )


def _shown(at: datetime) -> str:
    return local(at, current_app.config["TIMEZONE"]).strftime("%Y-%m-%d %H:%M")


def _why_asked_again(step: TicketStep) -> str:
    ticket = step.ticket
    if ticket.status == TicketStatus.EXEC_SCHEDULED:
        return _("已定时于 %(when)s 上线", when=_shown(ticket.scheduled_at))
    if step.kind == StepKind.EXECUTE and not ticket.project.im_execute:
        return _("项目已不允许在 IM 中上线，请在门户中处理")
    if step.kind == StepKind.EXECUTE and restored.since(ticket) is not None:
        return _("门户从备份恢复，请在工单页面核对后处理")
    return _("这条审批已经失效，请处理新的一条")


def _of_sample(approval: Approval) -> ApprovalRequest:
    return ApprovalRequest(
        key=approval.key,
        template_code="",
        originator="",
        approvers=(),
        project=_("（测试）"),
        subject=_("来自 Portal 的测试审批"),
        description=_("这不是真实的工单：同意或拒绝都不会执行任何 SQL，稍后会自动撤回。"),
        link=settings.url_prefix() or _("（未配置 URL 地址前缀，请在电脑上打开门户查看）"),
        action=_("审核"),
        rows=(CardRow(datasource=_("示例数据源"), score="100", pass_rate=texts.percent(1)),),
        sql="SELECT 1",
    )


def why_ended(approval: Approval) -> str:
    """Why the card ends, as people over there read it."""
    step = approval.step
    if step is None:
        return _("测试审批已结束，无需处理")
    if step.ticket.close_reason:
        return _("工单已关闭：%(reason)s", reason=step.ticket.close_reason)
    if step.state in {StepState.APPROVED, StepState.REJECTED, StepState.EXECUTED}:
        return _why_decided(step)
    if step.state == StepState.OPEN:
        return _why_asked_again(step)
    return _("该步骤已经结束")


def _why_decided(step: TicketStep) -> str:
    who = step.decided_by.shown_name if step.decided_by else ""
    if step.state == StepState.EXECUTED:
        was_run = running.last_run(step.ticket) is not None
        did = _("已在别处发起上线") if was_run else _("已在门户标记为人工上线")
        return f"{who} {did}"
    if step.state == StepState.APPROVED:
        return _("%(who)s 已在其他平台通过该步骤", who=who)
    if not who:  # withdrawn over there: the reason says where
        return _("工单已驳回：%(reason)s", reason=step.reason or "-")
    return _("%(who)s 已驳回：%(reason)s", who=who, reason=step.reason or "-")
