"""上传 SQL 快捷审核: a file is judged at once, and its problems are in the list."""

from __future__ import annotations

from datetime import timedelta

from flask import url_for
from flask_babel import gettext as _
from flask_login import current_user
from sqlalchemy import Select

from portal.blueprints.access import project_member
from portal.blueprints.answers import saved
from portal.blueprints.problems.forms import UploadForm
from portal.blueprints.problems.listing import Offered, show
from portal.blueprints.problems.views import bp
from portal.domain import datasources, gathering, quick_audit, rules
from portal.domain.errors import RuleError
from portal.domain.gathering import Gathered
from portal.domain.quick_audit import Judged
from portal.domain.records import Action
from portal.extensions import db
from portal.kit.clock import database_now
from portal.models import OperationRecord, Project

AGAIN = timedelta(minutes=1)


@bp.post("/problems/upload")
@project_member
def upload(project: Project):
    """Judge the file, keep what was found."""
    form = UploadForm.of(datasources.of(project))
    if form.validate_on_submit():
        try:
            project_id = project.id
            judged = _judged(project, form)
            before = _sent_before(project_id, form.mark)
            if before is None:
                said = _said(judged, _keep(project, form, judged))
            else:
                said = _said_again(before)
            db.session.commit()
            return saved(url_for(".index", name=project.name), said)
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
    gathered = quick_audit.keep(project, source, form.schema.data, judged, actor)
    record = db.session.scalars(_uploads(project).limit(1)).one()
    record.details = record.details | {"nonce": form.mark}
    return gathered


def _sent_before(project_id: int, mark: str) -> OperationRecord | None:
    """What the first click of a double one left, some seconds ago at most.

    The lock comes first of all: the second click then sees what the first one has committed.
    """
    row = db.select(Project).filter_by(id=project_id).with_for_update()
    project = db.session.scalars(row).one()
    since = database_now(db.session) - AGAIN
    query = _uploads(project).where(OperationRecord.at >= since)
    found = (one for one in db.session.scalars(query) if one.details.get("nonce") == mark)
    return next(found, None)


def _uploads(project: Project) -> Select:
    """This member's, newest first."""
    action, subject = Action.PROBLEMS_UPLOADED.value, gathering.subject_of(project)
    query = db.select(OperationRecord).filter_by(
        action=action, subject=subject, actor_id=current_user.id
    )
    return query.order_by(OperationRecord.id.desc())


def _said_again(record: OperationRecord) -> str:
    return _(
        "刚才已收到这份文件，没有重复计数：审核了 %(n)d 条语句，新增 %(new)d，再次出现 %(again)d。",
        n=record.details["statements"],
        new=record.details["new"],
        again=record.details["again"],
    )


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
