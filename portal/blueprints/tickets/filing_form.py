"""The form of a new ticket: the first data source, and rows for more of them."""

from __future__ import annotations

import re
import secrets

from flask import request
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import HiddenField

from portal.blueprints.forms import Choice, Required, StrippedString, TextArea, storable
from portal.blueprints.tickets.task_fields import (
    DESCRIPTION,
    SUBJECT,
    FormWithRows,
    FurtherTask,
    TaskForm,
)
from portal.domain.errors import RuleError
from portal.domain.judging import Share
from portal.models import DataSource

NONCE_BYTES = 16
# Rows that the page offers, tasks-1 … tasks-4; a program may post others.
OFFERED = range(1, 5)
# More than a ticket can have, so that one too many is shown again with its sentence.
MOST_ROWS = 20
_FIELD = re.compile(r"tasks-(0|[1-9][0-9]{0,8})-(?:datasource|schema|sql|sql_file)")


class TicketForm(FormWithRows, TaskForm):
    """A new ticket. nonce: made with the page, so that a double click files one ticket."""

    subject = StrippedString(_l("工单名称"), [Required()], length=SUBJECT)
    description = TextArea(_l("工单描述"), length=DESCRIPTION)
    datasource = Choice(_l("数据源"), [Required(_l("请选择数据源。"))])
    nonce = HiddenField()

    @classmethod
    def of(cls, sources: list[DataSource], is_final: bool = True) -> TicketForm:
        """is_final: not when only the SQL is to be judged, which needs no name yet."""
        form = cls()
        form.offer(sources, empty=_("请选择") if len(sources) > 1 else "")
        form.rows = [FurtherTask(prefix=f"tasks-{number}-") for number in _row_numbers()]
        for row in form.rows:
            row.offer(sources, empty=_("不添加"))
        if not is_final:
            form.subject.validators = ()
        form.nonce.data = storable(form.nonce.data or "").strip()[:64]
        if not form.nonce.data:
            form.renew_nonce()
        return form

    def renew_nonce(self) -> None:
        self.nonce.data = secrets.token_hex(NONCE_BYTES)

    def validate(self, extra_validators=None) -> bool:
        """What was posted and has no row here is refused rather than dropped in silence."""
        is_sound = super().validate(extra_validators)
        strange = _strange_fields({row.prefix for row in self.rows})
        if strange:
            text = _("无法识别这些字段，没有提交：%(names)s", names="、".join(strange))
            self.add_error(RuleError(text))
        return is_sound and not strange

    def shares(self) -> list[Share]:
        """One a data source; an empty SQL of a further one stands for the first's."""
        first = self.share()
        return [first, *(row.share(first.sql) for row in self.rows if row.is_used)]


def _posted_names() -> list[str]:
    return [*request.form, *request.files]


def _row_numbers() -> list[int]:
    """Of the rows that the page offers, and of the first ones that were posted."""
    matches = (_FIELD.fullmatch(name) for name in _posted_names())
    posted = sorted({int(match[1]) for match in matches if match})
    return sorted({*posted[:MOST_ROWS], *OFFERED})


def _strange_fields(prefixes: set[str]) -> list[str]:
    """A few of the filled fields called tasks-… that belong to no row."""
    filled = [name for name, text in request.form.items() if text.strip()]
    filled += [name for name, file in request.files.items() if file]
    strange = [
        storable(name)[:40]
        for name in filled
        if name.startswith("tasks-")
        and not (_FIELD.fullmatch(name) and f"{name.rpartition('-')[0]}-" in prefixes)
    ]
    return strange[:3]
