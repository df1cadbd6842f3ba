"""The forms of one problem, and of the upload."""

from __future__ import annotations

import hashlib
import secrets

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf.file import FileField
from wtforms import HiddenField
from wtforms.validators import ValidationError

from portal.blueprints import problem_wording
from portal.blueprints.forms import (
    Choice,
    PortalForm,
    Required,
    StrippedString,
    TextArea,
    storable,
)
from portal.blueprints.problems.action_forms import AssigneeForm, pairs
from portal.blueprints.sql_file import text_of
from portal.domain.problem_lists import NOBODY
from portal.domain.problems import REMARK, Change
from portal.models import DataSource, Member, ProblemSql, ProblemStatus


class ProblemForm(AssigneeForm):
    """One problem, on its own page."""

    remark = TextArea(_l("备注"), length=REMARK)

    @classmethod
    def of(cls, problem: ProblemSql, people: list[Member]) -> ProblemForm:
        """Filled from the problem, or from what was posted; a former member stays chosen."""
        person = problem.assignee
        form = cls(
            data={
                "status": problem.status.value,
                "assignee": person.username if person else NOBODY,
                "remark": problem.remark,
            }
        )
        present = [person] if person and person not in people else []
        form.offer([*people, *present], unchanged="")
        form.status.choices = pairs(problem_wording.statuses())
        return form

    def change(self, problem: ProblemSql) -> Change:
        """What differs, so that a former member may stay."""
        now = problem.assignee.username if problem.assignee else ""
        chosen = "" if self.assignee.data == NOBODY else self.assignee.data
        return Change(
            status=ProblemStatus(self.status.data),
            assignee=chosen if chosen != now else None,
            remark=self.remark.data.strip(),
        )


class UploadForm(PortalForm):
    """上传 SQL 快捷审核. nonce: made with the page, so that a double click counts once."""

    id_prefix = "upload-"

    datasource = Choice(_l("数据源"), [Required(_l("请选择数据源。"))])
    schema = StrippedString(_l("数据库（schema）"), length=128)
    sql_file = FileField(_l("文件"))
    nonce = HiddenField()

    @classmethod
    def of(cls, sources: list[DataSource]) -> UploadForm:
        form = cls()
        form.nonce.data = storable(form.nonce.data or "").strip()[:64] or secrets.token_hex(16)
        form.sources = {str(one.id): one for one in sources}
        offered = [(key, f"{one.name}（{one.db_type.value}）") for key, one in form.sources.items()]
        first = [("", _("请选择"))] if len(offered) != 1 else []
        form.datasource.choices = [*first, *offered]
        return form

    def validate_sql_file(self, field):
        if not field.data:
            raise ValidationError(_("请选择要审核的文件。"))
        self.text = text_of(field.data)

    @property
    def mark(self) -> str:
        """Of this page and what is sent from it: another file from the same page has another."""
        parts = (self.nonce.data, self.datasource.data, self.schema.data, self.text)
        return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:32]
