"""What is asked of each data source of a ticket: which one, and its SQL, typed or as a file."""

from __future__ import annotations

from collections.abc import Sequence

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf.file import FileField
from wtforms.validators import ValidationError

from portal.blueprints.forms import Choice, PortalForm, StrippedString, TextArea
from portal.blueprints.sql_file import text_of
from portal.domain.errors import RuleError
from portal.domain.judging import Share
from portal.models import DataSource

SUBJECT = 200
DESCRIPTION = 5000


class SqlText(TextArea):
    """SQL as typed. Its size is the audit's business; a spell checker is of no use."""

    def __init__(self, label=None, validators=None, **kwargs):
        super().__init__(label, validators, **kwargs)
        self.render_kw = {"spellcheck": "false", "autocapitalize": "off"} | (self.render_kw or {})


class FormWithRows(PortalForm):
    """A form whose further rows are forms of their own, each with a prefix (tasks-2-)."""

    rows: Sequence[PortalForm] = ()

    def validate(self, extra_validators=None) -> bool:
        found = [super().validate(extra_validators), *(row.validate() for row in self.rows)]
        return all(found)

    @property
    def refused(self) -> bool:
        return super().refused or any(row.refused for row in self.rows)

    def add_error(self, error: RuleError) -> None:
        """An error about tasks-N-… goes beside that row's field."""
        for row in self.rows:
            name = error.field.removeprefix(row.prefix)
            if name != error.field and name in row:
                row.add_error(RuleError(error.message, name))
                return
        super().add_error(error)


class TaskForm(PortalForm):
    """One data source's share of a ticket."""

    needs_sql = True
    datasource = Choice(_l("数据源"))
    schema = StrippedString(_l("数据库（schema）"), length=128)
    sql_file = FileField(_l("SQL 文件"))  # checked before sql, which takes over its text
    sql = SqlText(_l("SQL 语句"))

    @property
    def prefix(self) -> str:
        """What stands before the fields' names."""
        return self._prefix

    def offer(self, sources: Sequence[DataSource], empty: str = "") -> None:
        """The data sources to choose from. empty: what stands for none, where there may be none."""
        self.sources = {str(source.id): source for source in sources}
        self.datasource.choices = [
            (key, f"{source.name}（{source.db_type.value}）")
            for key, source in self.sources.items()
        ]
        if empty:
            self.datasource.choices.insert(0, ("", empty))

    def share(self, sql: str = "") -> Share:
        """What was typed. sql: what an empty text stands for."""
        source = self.sources[self.datasource.data]
        typed = self.sql.data if self.sql.data.strip() else sql
        return Share.of(source, self.schema.data, typed, self.prefix)

    def validate_sql_file(self, field):
        self.file_text = None
        if not field.data:
            return
        if self.sql.data.strip():
            raise ValidationError(_("SQL 语句和 SQL 文件只能填一个，请清空一个再提交。"))
        self.file_text = text_of(field.data)

    def validate_sql(self, field):
        """Take over the file's text, so that a refused form has lost nothing."""
        if self.file_text is not None:
            self._take_over(field)
        elif self.needs_sql and not field.data.strip() and not self.sql_file.errors:
            raise ValidationError(_("请填写 SQL 语句，或上传 SQL 文件。"))

    def _take_over(self, field) -> None:
        try:
            field.process_formdata([self.file_text])
        except ValueError as error:
            raise ValidationError(str(error)) from None


class FurtherTask(TaskForm):
    """A row of one more data source; one that was left empty asks for nothing."""

    class Meta:
        csrf = False

    needs_sql = False

    @property
    def is_used(self) -> bool:
        """Whether something was typed or chosen in it."""
        texts = (self.datasource.data, self.schema.data, (self.sql.data or "").strip())
        wrong = [field for field in self if field.process_errors]
        return any(texts) or bool(self.sql_file.data) or bool(wrong)

    def offer(self, sources: Sequence[DataSource], empty: str = "") -> None:
        super().offer(sources, empty)
        self.datasource.data = self.datasource.data or ""

    def validate(self, extra_validators=None) -> bool:
        return not self.is_used or super().validate(extra_validators)

    def validate_datasource(self, field):
        if not field.data:
            raise ValidationError(_("请选择数据源；不需要这一个时，请清空它的其他内容。"))

