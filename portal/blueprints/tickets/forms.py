"""The forms of tickets: filing, resubmitting, deciding with a reason."""

from __future__ import annotations

import secrets
from datetime import datetime
from zoneinfo import ZoneInfo

from flask import current_app, request
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf.file import FileField
from wtforms import HiddenField
from wtforms.validators import ValidationError

from portal.blueprints.forms import (
    Choice,
    PortalForm,
    Required,
    StrippedString,
    TextArea,
    storable,
)
from portal.models import DataSource

NONCE_BYTES = 16
SUBJECT = 200
DESCRIPTION = 5000
REASON = 500
AT_FORMAT = "%Y-%m-%dT%H:%M"


class SqlText(TextArea):
    """SQL as typed. Its size is the audit's business; a spell checker is of no use."""

    def __init__(self, label=None, validators=None, **kwargs):
        super().__init__(label, validators, **kwargs)
        self.render_kw = {"spellcheck": "false", "autocapitalize": "off"} | (self.render_kw or {})


class TicketForm(PortalForm):
    """A new ticket. nonce: made with the page, so that a double click files one ticket."""

    subject = StrippedString(_l("工单名称"), [Required()], length=SUBJECT)
    description = TextArea(_l("工单描述"), length=DESCRIPTION)
    datasource = Choice(_l("数据源"), [Required(_l("请选择数据源。"))])
    schema = StrippedString(_l("数据库（schema）"), length=128)
    sql_file = FileField(_l("SQL 文件"))  # checked before sql, which takes over its text
    sql = SqlText(_l("SQL 语句"))
    nonce = HiddenField()

    @classmethod
    def of(cls, sources: list[DataSource]) -> TicketForm:
        form = cls()
        form.sources = {str(source.id): source for source in sources}
        form.datasource.choices = [
            (key, f"{source.name}（{source.db_type.value}）")
            for key, source in form.sources.items()
        ]
        if len(sources) > 1:
            form.datasource.choices.insert(0, ("", _("请选择")))
        form.nonce.data = storable(form.nonce.data or "").strip()[:64]
        if not form.nonce.data:
            form.renew_nonce()
        return form

    def renew_nonce(self) -> None:
        self.nonce.data = secrets.token_hex(NONCE_BYTES)

    def validate_datasource(self, _field):
        """More tasks are not dropped in silence."""
        if any(name.startswith("tasks-") and text.strip() for name, text in request.form.items()):
            raise ValidationError(
                _("目前一个工单只能包含一个数据源，请为其他数据源另外创建工单。")
            )

    def validate_sql_file(self, field):
        self.file_text = None
        if not field.data:
            return
        try:
            self.file_text = field.data.read().decode("utf-8-sig")
        except UnicodeDecodeError:
            raise ValidationError(
                _("文件不是 UTF-8 编码，请另存为 UTF-8 后重新上传。")
            ) from None

    def validate_sql(self, field):
        """Take over the file's text, so that a refused form has lost nothing."""
        typed = field.data.strip()
        if self.file_text is not None and typed:
            raise ValidationError(_("SQL 语句和 SQL 文件只能填一个，请清空一个再提交。"))
        if self.file_text is not None:
            self._take_over(field)
        elif not typed and not self.sql_file.errors:
            raise ValidationError(_("请填写 SQL 语句，或上传 SQL 文件。"))

    def _take_over(self, field) -> None:
        try:
            field.process_formdata([self.file_text])
        except ValueError as error:
            raise ValidationError(str(error)) from None

    @property
    def source(self) -> DataSource:
        return self.sources[self.datasource.data]


class ResubmitForm(PortalForm):
    """A rejected ticket, edited."""

    id_prefix = "resubmit-"
    subject = StrippedString(_l("工单名称"), [Required()], length=SUBJECT)
    description = TextArea(_l("工单描述"), length=DESCRIPTION)
    sql = SqlText(_l("SQL 语句"), [Required()])


class StepForm(PortalForm):
    """A decision. step: the one that the page showed; empty means the one that is open now."""

    step = HiddenField()

    @property
    def step_id(self) -> int | None:
        text = self.step.data or ""
        if not text:
            return None
        # 0 is no step's id: what makes no sense is not taken for the open step.
        return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else 0


class ApproveForm(StepForm):
    id_prefix = "approve-"
    reason = TextArea(_l("审核意见"), length=REASON)


class RejectForm(StepForm):
    id_prefix = "reject-"
    reason = TextArea(_l("驳回原因"), [Required()], length=REASON)


class ScheduleForm(PortalForm):
    """When to run, in PORTAL_TIMEZONE."""

    id_prefix = "schedule-"
    at = StrippedString(_l("上线时间"), [Required()], length=32)

    def validate_at(self, field):
        try:
            naive = datetime.strptime(field.data, AT_FORMAT)  # noqa: DTZ007  its zone follows
        except ValueError:
            raise ValidationError(_("请填写日期和时间，例如 2026-11-23T20:30。")) from None
        self.moment = naive.replace(tzinfo=ZoneInfo(current_app.config["TIMEZONE"]))


class CloseForm(PortalForm):
    id_prefix = "close-"
    reason = TextArea(_l("关闭原因"), [Required()], length=REASON)
