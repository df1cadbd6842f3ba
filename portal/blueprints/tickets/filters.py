"""The filters above a list of tickets: from the address to a query, and back into links."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from flask import current_app, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import DateField
from wtforms.validators import Optional

from portal.blueprints.forms import Choice, PortalForm, StrippedString
from portal.domain import datasources, ticket_lists
from portal.domain.ticket_search import Filters
from portal.models import Project, TicketStatus

# The list's tabs: what ?status= says → the states it stands for.
TABS = {
    "": (),
    "wait_for_audit": (TicketStatus.WAIT_FOR_AUDIT,),
    "wait_for_execution": (TicketStatus.WAIT_FOR_EXECUTION, TicketStatus.EXEC_SCHEDULED),
    "rejected": (TicketStatus.REJECTED,),
    "executing": (TicketStatus.EXECUTING,),
    "canceled": (TicketStatus.CANCELED,),
    "exec_failed": (TicketStatus.EXEC_FAILED,),
    "finished": (TicketStatus.FINISHED,),
}


class FilterForm(PortalForm):
    """Read from the address; a value that makes no sense gets a sentence and filters nothing."""

    class Meta:
        csrf = False

    keyword = StrippedString(_l("关键字"), length=100)
    creator = Choice(_l("创建人"), default="")
    assignee = Choice(_l("待操作人"), default="")
    datasource = Choice(_l("数据源"), default="")
    created_from = DateField(_l("创建时间从"), [Optional()])
    created_to = DateField(_l("创建时间至"), [Optional()])

    @classmethod
    def of(cls, project: Project) -> FilterForm:
        form = cls(request.args)
        people = [(one.username, one.shown_name) for one in ticket_lists.members(project)]
        form.creator.choices = form.assignee.choices = [("", _("全部")), *people]
        form.datasource.choices = [
            ("", _("全部")),
            *((str(source.id), source.name) for source in datasources.of(project)),
        ]
        form.validate()
        for field in (form.created_from, form.created_to):
            if field.errors:
                field.errors = [_("请填写日期，例如 2026-11-23。")]
        return form

    @property
    def is_used(self) -> bool:
        """Whether more than the keyword is filled in, so that the filters stand open."""
        names = ("creator", "assignee", "datasource", "created_from", "created_to")
        return any(self[name].raw_data and self[name].raw_data[0] for name in names)

    @property
    def status(self) -> str:
        wanted = request.args.get("status", "")
        return wanted if wanted in TABS else ""

    def filters(self) -> Filters:
        source = self._sound("datasource")
        return Filters(
            statuses=TABS[self.status],
            keyword=self._sound("keyword") or "",
            creator=self._sound("creator") or "",
            assignee=self._sound("assignee") or "",
            datasource_id=int(source) if source else None,
            created_from=_midnight(self._sound("created_from")),
            created_to=_midnight(self._sound("created_to"), days=1),
        )

    def link(self, project: Project, **changed) -> str:
        """The list's address with these filters, but for what changed."""
        kept = {name: request.args.get(name, "") for name in ("status", *self._fields)}
        wanted = kept | changed
        return url_for(
            "tickets.index",
            name=project.name,
            **{name: value for name, value in wanted.items() if value},
        )

    def _sound(self, name: str):
        return None if self[name].errors else self[name].data


def _midnight(day: date | None, days: int = 0) -> datetime | None:
    """When this day begins in PORTAL_TIMEZONE; with days=1, when it ends."""
    if day is None:
        return None
    zone = ZoneInfo(current_app.config["TIMEZONE"])
    try:
        return datetime.combine(day + timedelta(days=days), time(), zone).astimezone(UTC)
    except OverflowError:
        return None
