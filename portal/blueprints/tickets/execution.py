"""Going online: now, at a set time, stopped, settled. Each a plain post, as decisions.py."""

from __future__ import annotations

from flask import request
from flask_babel import gettext as _

from portal.blueprints.access import project_member
from portal.blueprints.tickets.acting import act, me
from portal.blueprints.tickets.forms import ScheduleForm
from portal.blueprints.tickets.views import bp
from portal.domain import running, schedules, states
from portal.domain.errors import RuleError
from portal.domain.states import TicketAction
from portal.models import Project, Ticket
from portal.pages import shown_time


@bp.post("/<int:number>/execute")
@project_member
def execute(project: Project, number: int):
    """立即上线: every data source of the ticket, one after the other."""

    def work(ticket: Ticket, _form) -> None:
        running.execute(ticket, me())

    return act(project, number, TicketAction.EXECUTE, work, _("已开始上线。"))


@bp.post("/<int:number>/schedule")
@project_member
def schedule(project: Project, number: int):
    """定时上线."""

    def work(ticket: Ticket, form: ScheduleForm) -> str:
        schedules.schedule(ticket, me(), form.moment)
        return _("已定时于 %(when)s 上线。", when=shown_time(ticket.scheduled_at))

    return act(project, number, TicketAction.SCHEDULE, work, "", ScheduleForm())


@bp.post("/<int:number>/unschedule")
@project_member
def unschedule(project: Project, number: int):
    """取消定时: 待上线 again."""

    def work(ticket: Ticket, _form) -> None:
        schedules.unschedule(ticket, me())

    return act(project, number, TicketAction.UNSCHEDULE, work, _("已取消定时上线。"))


@bp.post("/<int:number>/confirm")
@project_member
def confirm(project: Project, number: int):
    """The last question before a scheduled run, answered on the page."""

    def work(ticket: Ticket, _form) -> None:
        step = states.open_step(ticket)
        if step is None or not schedules.confirm(step, me(), "portal"):
            raise RuleError(_("现在没有需要确认的定时上线。"))

    return act(project, number, TicketAction.CONFIRM, work, _("已确认，到时自动上线。"))


@bp.post("/<int:number>/abort")
@project_member
def abort(project: Project, number: int):
    """中止: the server is asked to stop the statement at hand; what comes after is not sent."""

    def work(ticket: Ticket, _form) -> str | None:
        if running.abort(ticket, me()):
            return _("已中止，没有执行任何语句。")
        return None

    message = _("已请求中止：正在让数据源停止当前语句，之后的语句不会执行。")
    return act(project, number, TicketAction.ABORT, work, message)


@bp.post("/<int:number>/settle")
@project_member
def settle(project: Project, number: int):
    """Somebody looked at the server: what became of the statements that nobody knew about."""

    def work(ticket: Ticket, _form) -> None:
        running.settle(ticket, me(), request.form.get("settled_as", ""))

    return act(project, number, TicketAction.SETTLE, work, _("已登记核对结果。"))
