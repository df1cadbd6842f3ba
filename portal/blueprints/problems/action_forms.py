"""What is done with the problems that were ticked: the forms of both buttons of the list."""

from __future__ import annotations

from collections.abc import Iterable

from flask import request
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms.validators import ValidationError

from portal.blueprints import problem_wording
from portal.blueprints.forms import Choice, PortalForm, StrippedString, Switch
from portal.domain.issues import PushOrder
from portal.domain.problem_lists import LARGEST_ID, MOST_AT_ONCE, NOBODY
from portal.domain.problems import Change
from portal.models import IssueKind, IssuePriority, Member, ProblemStatus, Project


class AssigneeForm(PortalForm):
    """status and assignee of problems, which both kinds of forms have."""

    status = Choice(_l("状态"), default="")
    assignee = Choice(_l("处理人"), default="")

    def offer(self, people: Iterable[Member], unchanged: str) -> None:
        """unchanged: the title of the choice that leaves the assignee as it is; "" for none."""
        names = [(one.username, one.shown_name) for one in people]
        first = [("", unchanged)] if unchanged else []
        self.assignee.choices = [*first, (NOBODY, _("不指派")), *names]


class ActionForm(AssigneeForm):
    """What is done with the ticked rows. needed: the fields that the pressed button looks at."""

    needed = frozenset({"assignee"})
    every = Switch(_l("选择符合条件的全部问题 SQL"))
    # Long enough for a whole address, of which the last part is kept.
    coding_project = StrippedString(_l("CODING 项目名称"), length=255)
    type = Choice(_l("事项类型"), default=IssueKind.DEFECT.value)
    priority = Choice(_l("紧急度"), default="")
    parent = StrippedString(_l("所属事项编号"), length=20)

    @classmethod
    def of(cls, project: Project, people: Iterable[Member]):
        form = cls(data={"coding_project": project.coding_project or project.name})
        form.offer(people, _("不变"))
        form.status.choices = [("", _("不变")), *pairs(problem_wording.statuses())]
        form.type.choices = pairs(problem_wording.kinds())
        form.priority.choices = [
            ("", _("按审核等级")),
            *pairs(problem_wording.priorities()),
        ]
        return form

    def validate(self, extra_validators=None) -> bool:
        """What belongs to the other button is kept as typed and not judged."""
        super().validate(extra_validators)
        for name, field in self._fields.items():
            if name not in self.needed and name != "csrf_token":
                field.errors = ()
        return not self.errors

    @property
    def ids(self) -> list[int]:
        """The ticked ones, in the order of the rows; what can be no id is left aside."""
        typed = dict.fromkeys(request.form.getlist("ids"))
        found = (int(text) for text in typed if _is_short_number(text))
        return [id for id in found if 0 < id <= LARGEST_ID][: MOST_AT_ONCE + 1]

    @property
    def shown(self) -> int | None:
        """How many the page said that match; None from programs that do not say it."""
        text = request.form.get("shown", "")
        if not text:
            return None
        return int(text) if _is_short_number(text) else 0

    @property
    def assignee_change(self) -> str | None:
        """As Change takes it."""
        return {"": None, NOBODY: ""}.get(self.assignee.data, self.assignee.data)


class PushForm(ActionForm):
    needed = frozenset({"coding_project", "type", "priority", "parent", "assignee"})

    def validate_parent(self, field):
        text = field.data.removeprefix("#")
        if text and not (_is_short_number(text) and 0 < int(text) <= LARGEST_ID):
            raise ValidationError(_("请填写事项编号（数字），例如 12。"))

    def order(self, assignee: Member | None) -> PushOrder:
        """What was typed. assignee: the member that was chosen."""
        parent = self.parent.data.removeprefix("#")
        return PushOrder(
            project=self.coding_project.data,
            kind=IssueKind(self.type.data),
            priority=IssuePriority(self.priority.data) if self.priority.data else None,
            assignee=assignee,
            parent=int(parent) if parent else None,
        )


class StatusForm(ActionForm):
    needed = frozenset({"status", "assignee"})

    def change(self) -> Change:
        """What was chosen."""
        status = ProblemStatus(self.status.data) if self.status.data else None
        return Change(status, self.assignee_change)


def _is_short_number(text: str) -> bool:
    return len(text) <= 10 and text.isascii() and text.isdigit()


def pairs(titles: dict) -> list[tuple[str, str]]:
    """As choices."""
    return [(str(value), title) for value, title in titles.items()]
