"""The forms of a project."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from portal.blueprints.forms import PortalForm, Required, StrippedString, Switch, Unchanged
from portal.blueprints.people_field import PeopleField
from portal.domain import projects
from portal.domain.projects import ProjectDraft
from portal.models import Project, ProjectRole


class ProjectForm(PortalForm):
    """Title, people and switches; who may be named is a rule of domain/projects."""

    name = StrippedString(_l("项目标识"), [Unchanged()], length=63, render_kw={"readonly": True})
    title = StrippedString(_l("项目名称"), [Required()], length=64)
    members = PeopleField(_l("项目成员"))
    managers = PeopleField(_l("项目管理员"))
    im_execute = Switch(_l("允许在 IM 中上线"))
    confirm_schedule = Switch(_l("定时上线前再次确认"))
    # Long enough for a whole address, of which the last part is kept.
    coding_project = StrippedString(_l("CODING 项目名称"), length=255)

    @classmethod
    def of(cls, project: Project | None = None) -> ProjectForm:
        """Filled from the project, or from what was posted."""
        entries = project.memberships if project else []
        names = {
            role: [entry.member.username for entry in entries if entry.role == role]
            for role in ProjectRole
        }
        form = cls(
            data={
                "name": project.name if project else "",
                "title": project.title if project else "",
                "members": names[ProjectRole.MEMBER] + names[ProjectRole.MANAGER],
                "managers": names[ProjectRole.MANAGER],
                "im_execute": project.im_execute if project else True,
                "confirm_schedule": project.confirm_schedule if project else False,
                "coding_project": project.coding_project if project else "",
            }
        )
        offered = projects.candidates(project)
        form.members.offer(offered)
        form.managers.offer(offered)
        return form

    def draft(self) -> ProjectDraft:
        """What was posted."""
        return ProjectDraft(
            title=self.title.data,
            members=self.members.data,
            managers=self.managers.data,
            im_execute=self.im_execute.data,
            confirm_schedule=self.confirm_schedule.data,
            coding_project=self.coding_project.data,
        )


class NewProjectForm(ProjectForm):
    """With the name that stands in URLs, which never changes afterwards."""

    name = StrippedString(
        _l("项目标识"),
        [Required()],
        length=63,
        render_kw={"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"},
    )
