"""Status and assignee of those that were ticked."""

from __future__ import annotations

from flask_babel import gettext as _
from flask_login import current_user

from portal.blueprints.access import project_member
from portal.blueprints.answers import saved
from portal.blueprints.problems.action_forms import StatusForm
from portal.blueprints.problems.choosing import chosen
from portal.blueprints.problems.listing import Offered, action_url, show
from portal.blueprints.problems.views import bp
from portal.domain import problems
from portal.domain.errors import RuleError
from portal.domain.problems import Change
from portal.extensions import db
from portal.models import Project


@bp.post("/problems/status")
@project_member
def status(project: Project):
    """Change them all at once."""
    offered = Offered.of(project)
    form, filters = StatusForm.of(project, offered.people), offered.filter_form()
    if form.validate_on_submit():
        try:
            if form.change() == Change():
                raise RuleError(_("请选择新的状态或处理人。"), "status")
            found = chosen(project, form, filters)
            actor = current_user._get_current_object()
            changed = problems.change(project, found, form.change(), actor)
            db.session.commit()
            text = _("选中 %(all)d 条，已更新 %(n)d 条。", all=len(found), n=changed)
            return saved(action_url(project, filters, "index"), text)
        except RuleError as error:
            db.session.rollback()
            form.add_error(error)
            offered = Offered.of(project)
    return show(project, offered, actions=form)
