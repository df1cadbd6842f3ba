"""What people do with problem SQL: its status, its assignee, a remark."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from flask_babel import gettext as _

from portal.domain import projects, records
from portal.domain.errors import RuleError
from portal.domain.gathering import lock, subject_of
from portal.domain.records import Action
from portal.extensions import db
from portal.models import Member, ProblemSql, ProblemStatus, Project, ProjectMember, Role

REMARK = 500
CHUNK = 500  # values in one IN (...)


@dataclass(frozen=True)
class Change:
    """None leaves as it is. assignee: a username, or "" for nobody."""

    status: ProblemStatus | None = None
    assignee: str | None = None
    remark: str | None = None


def assignable(project: Project) -> list[Member]:
    """Who can be given a problem: the project's members and the admins, if enabled, by name."""
    inside = db.select(ProjectMember.member_id).filter_by(project_id=project.id)
    belongs = db.or_(Member.id.in_(inside), Member.role == Role.ADMIN)
    query = db.select(Member).where(Member.is_enabled, belongs).order_by(Member.username)
    return list(db.session.scalars(query))


def assignee_named(project: Project, username: str) -> Member | None:
    """None for an empty name. Raises RuleError on assignee."""
    if not username:
        return None
    member = db.session.scalar(db.select(Member).filter_by(username=username))
    if member is None or not member.is_enabled or not projects.belongs(member, project):
        raise RuleError(_("没有用户名为“%(name)s”的启用成员。", name=username), "assignee")
    return member


def change(
    project: Project, problems: Sequence[ProblemSql], wanted: Change, actor: Member
) -> int:
    """Answers how many differ by it. Raises RuleError on assignee. One record for all."""
    assignee = assignee_named(project, wanted.assignee or "")
    lock(project)  # a gathering writes back the status that it has read
    _read_again(problems)
    values = {}
    if wanted.status is not None:
        values["status"] = wanted.status
    if wanted.assignee is not None:
        values["assignee_id"] = assignee.id if assignee else None
    if wanted.remark is not None:
        values["remark"] = wanted.remark
    changed = [one for one in problems if _differs(one, values)]
    for one in changed:
        for name, value in values.items():
            setattr(one, name, value)
    if changed:
        _record(project, changed, wanted, actor)
    db.session.flush()
    return len(changed)


def _read_again(problems: Sequence[ProblemSql]) -> None:
    ids = [one.id for one in problems]
    for start in range(0, len(ids), CHUNK):
        query = db.select(ProblemSql).where(ProblemSql.id.in_(ids[start : start + CHUNK]))
        db.session.scalars(query.execution_options(populate_existing=True)).all()


def _differs(problem: ProblemSql, values: dict) -> bool:
    return any(getattr(problem, name) != value for name, value in values.items())


def _record(
    project: Project, changed: Sequence[ProblemSql], wanted: Change, actor: Member
) -> None:
    details = {"count": len(changed), "ids": _shown(one.id for one in changed)}
    if wanted.status is not None:
        details["status"] = wanted.status.value
    if wanted.assignee is not None:
        details["assignee"] = wanted.assignee or "-"
    if wanted.remark is not None:
        details["remark"] = wanted.remark or "-"
    subject = subject_of(project, changed[0].id if len(changed) == 1 else None)
    records.add(Action.PROBLEMS_CHANGED, subject, actor, details)


def _shown(ids: Iterable[int]) -> str:
    """The first of them: a record is read by people."""
    numbers = [str(id) for id in ids]
    return "、".join(numbers[:20]) + ("…" if len(numbers) > 20 else "")
