"""The form of a rejected ticket that is edited: the same data sources, other SQL."""

from __future__ import annotations

from collections.abc import Sequence

from flask_babel import lazy_gettext as _l

from portal.blueprints.forms import PortalForm, Required, StrippedString, TextArea
from portal.blueprints.tickets.presenters import title_of
from portal.blueprints.tickets.task_fields import DESCRIPTION, SUBJECT, FormWithRows, SqlText
from portal.domain.judging import Share
from portal.extensions import db
from portal.models import Ticket, TicketTask

ID_PREFIX = "resubmit-"


class FurtherSql(PortalForm):
    """The SQL of one more data source. Empty: the first's; not posted: as the page showed it."""

    class Meta:
        csrf = False

    id_prefix = ID_PREFIX
    sql = SqlText(_l("SQL 语句"))

    @property
    def prefix(self) -> str:
        return self._prefix


class ResubmitForm(FormWithRows):
    """A rejected ticket, edited. is_open: it was sent, and is shown again unfolded.

    titles: of the tasks, as plain text, which outlives the transaction.
    """

    id_prefix = ID_PREFIX
    is_open = False
    titles: Sequence[str] = ()
    subject = StrippedString(_l("工单名称"), [Required()], length=SUBJECT)
    description = TextArea(_l("工单描述"), length=DESCRIPTION)
    sql = SqlText(_l("SQL 语句"), [Required()])

    @classmethod
    def shown(cls, ticket: Ticket) -> ResubmitForm:
        """As the ticket stands."""
        return cls._of(ticket, {"formdata": None})

    @classmethod
    def sent(cls, ticket: Ticket, is_final: bool) -> ResubmitForm:
        """As it was posted. is_final: not when only the SQL is to be judged."""
        form = cls._of(ticket, {})
        form.is_open = True
        if not is_final:
            form.subject.validators = ()
        return form

    @classmethod
    def _of(cls, ticket: Ticket, source: dict) -> ResubmitForm:
        texts = _texts_of(ticket)
        first = texts[ticket.tasks[0].id]
        form = cls(**source, subject=ticket.subject, description=ticket.description, sql=first)
        form.titles = [title_of(task.datasource, task.schema) for task in ticket.tasks]
        form.rows = []
        for place, task in enumerate(ticket.tasks[1:], start=2):
            own = "" if texts[task.id] == first else texts[task.id]
            form.rows.append(FurtherSql(**source, prefix=f"tasks-{place}-", sql=own))
        return form

    def shares(self, ticket: Ticket) -> list[Share]:
        """One a task, in order."""
        prefixes = ["", *(row.prefix for row in self.rows)]
        return [
            Share.of(task.datasource, task.schema, sql, prefix)
            for task, sql, prefix in zip(ticket.tasks, self.sqls(), prefixes, strict=True)
        ]

    def sqls(self) -> list[str]:
        """The SQL of each task; an empty one of a further task stands for the first's."""
        further = [row.sql.data if row.sql.data.strip() else self.sql.data for row in self.rows]
        return [self.sql.data, *further]


def _texts_of(ticket: Ticket) -> dict[int, str]:
    """Task → its SQL, which the page's own query leaves out; in one query."""
    query = db.select(TicketTask.id, TicketTask.sql).filter_by(ticket_id=ticket.id)
    return {row.id: row.sql for row in db.session.execute(query)}
