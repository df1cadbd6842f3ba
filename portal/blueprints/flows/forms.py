"""The form of a flow: five rows steps-0 … steps-4, of which a client may post fewer."""

from __future__ import annotations

import re

from flask import request
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import FormField, SelectField
from wtforms.form import Form

from portal.blueprints.forms import Choice, PortalForm, StrippedString, posted
from portal.blueprints.people_field import PeopleField
from portal.domain.errors import RuleError
from portal.domain.flows import LONGEST_DESCRIPTION, MOST_STEPS, StepDraft
from portal.models import Flow, Member, StepKind

_FIELD = re.compile(r"steps-(\d{1,4})-(kind|assignees|description)")
_LAST = MOST_STEPS - 1


class StepForm(Form):
    """One row. Its place says its kind; what was posted is judged by domain/flows."""

    kind = SelectField(_l("节点类型"), choices=[], validate_choice=False)
    assignees = PeopleField(_l("审核人"))
    description = StrippedString(_l("描述"), length=LONGEST_DESCRIPTION)


class FlowForm(PortalForm):
    """Filled from the flow, or from what was posted.

    The rows are five fields rather than a FieldList, which renumbers rows when one is missing.
    """

    step_0 = FormField(StepForm, name="steps-0")
    step_1 = FormField(StepForm, name="steps-1")
    step_2 = FormField(StepForm, name="steps-2")
    step_3 = FormField(StepForm, name="steps-3")
    step_4 = FormField(StepForm, name="steps-4")
    max_level = Choice(
        _l("允许创建工单的最高审核等级"),
        choices=[
            ("normal", _l("正常(Normal)")),
            ("notice", _l("提示(Notice)")),
            ("warn", _l("告警(Warning)")),
            ("error", _l("错误(Error)")),
        ],
    )

    @classmethod
    def of(cls, flow: Flow | None, people: list[Member]) -> FlowForm:
        """people: whom the rows offer."""
        level = flow.max_level if flow else "error"
        form = cls(data=_saved_rows(flow) | {"max_level": level})
        for row in form.rows:
            is_last = row is form.rows[_LAST]
            kind = StepKind.EXECUTE if is_last else StepKind.AUDIT
            row["kind"].choices = [(kind.value, _("执行上线") if is_last else _("审核"))]
            row["assignees"].label.text = _("执行人") if is_last else _("审核人")
            row["assignees"].offer(people)
        return form

    @property
    def rows(self) -> list[FormField]:
        """The five rows in order."""
        return [self.step_0, self.step_1, self.step_2, self.step_3, self.step_4]

    def drafts(self) -> list[StepDraft]:
        """The rows that were posted. Raises RuleError for more than there can be."""
        numbers = {int(match[1]) for key in request.form if (match := _FIELD.fullmatch(key))}
        if any(number > _LAST for number in numbers):
            raise RuleError(_("最多 4 个审核节点和 1 个执行上线节点。"))
        drafts = []
        for number in sorted(numbers):
            row = self.rows[number]
            kind = str(row.kind.data).strip() if row.kind.raw_data else ""
            drafts.append(
                StepDraft(number, kind, row.assignees.data, row["description"].data or "")
            )
        return drafts

    def add_error(self, error: RuleError) -> None:
        """Errors about steps-N-… go beside that row's field."""
        match = _FIELD.fullmatch(error.field)
        if match and int(match[1]) <= _LAST:
            field = self.rows[int(match[1])][match[2]]
            field.errors = [*field.errors, error.message]
        else:
            super().add_error(error)


def _saved_rows(flow: Flow | None) -> dict[str, dict]:
    """The flow as five rows, its execute step in the last; nothing where a form was posted."""
    rows: list[dict] = [{} for _n in range(MOST_STEPS)]
    for step in flow.steps if flow and not posted() else ():
        rows[_LAST if step.kind == StepKind.EXECUTE else step.position - 1] = {
            "assignees": [one.member.username for one in step.assignees],
            "description": step.description,
        }
    return {f"step_{number}": row for number, row in enumerate(rows)}
