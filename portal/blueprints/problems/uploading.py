"""上传 SQL 快捷审核: a file is judged at once, and its problems are in the list."""

from __future__ import annotations

from flask import url_for
from flask_babel import gettext as _
from flask_login import current_user

from portal.blueprints.access import project_member
from portal.blueprints.answers import saved
from portal.blueprints.problems.forms import UploadForm
from portal.blueprints.problems.listing import Offered, show
from portal.blueprints.problems.views import bp
from portal.domain import datasources, quick_audit, rules
from portal.domain.errors import RuleError
from portal.domain.gathering import Gathered
from portal.domain.quick_audit import Judged
from portal.extensions import db
from portal.models import Project


@bp.post("/problems/upload")
@project_member
def upload(project: Project):
    """Judge the file, keep what was found."""
    form = UploadForm.of(datasources.of(project))
    if form.validate_on_submit():
        try:
            judged = _judged(project, form)
            gathered = _keep(project, form, judged)
            db.session.commit()
            return saved(url_for(".index", name=project.name), _said(judged, gathered))
        except RuleError as error:
            db.session.rollback()
            form.add_error(error)
    return show(project, Offered.of(project), upload=form)


def _judged(project: Project, form: UploadForm) -> Judged:
    """It takes some seconds: no transaction is open meanwhile, and what was read is expired."""
    profile = rules.profile_of(project)
    dialect = form.sources[form.datasource.data].db_type.value
    db.session.rollback()
    return quick_audit.judge(form.text, dialect, profile)


def _keep(project: Project, form: UploadForm, judged: Judged) -> Gathered:
    source = datasources.find(project, int(form.datasource.data))
    if source is None:  # it was deleted meanwhile
        raise RuleError(_("请选择数据源。"), "datasource")
    actor = current_user._get_current_object()
    return quick_audit.keep(project, source, form.schema.data, judged, actor)


def _said(judged: Judged, gathered: Gathered) -> str:
    parts = []
    if judged.entries:
        parts.append(_("读取了 %(n)d 条慢查询", n=judged.entries))
    parts.append(_("审核了 %(n)d 条语句", n=judged.statements))
    parts.append(_("%(n)d 条有问题", n=judged.faulty))
    parts.append(_("新增 %(n)d", n=gathered.new))
    parts.append(_("再次出现 %(n)d", n=gathered.again))
    if judged.unread:
        parts.append(_("%(n)d 条过长或过于复杂，没有审核", n=judged.unread))
    return "，".join(parts) + "。"
