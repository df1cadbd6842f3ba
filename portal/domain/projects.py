"""Projects: made by admins, and who belongs to them."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from flask_babel import gettext as _
from sqlalchemy.exc import IntegrityError

from portal.domain import card_switches, issue_orders, records
from portal.domain.errors import RuleError
from portal.domain.records import Action
from portal.extensions import db
from portal.models import (
    Flow,
    FlowAssignee,
    FlowStep,
    Member,
    Project,
    ProjectMember,
    ProjectRole,
)

DEFAULT_NAME = "default"
NAME_RULE = re.compile(r"[a-z0-9][a-z0-9-]{0,62}")
RESERVED = frozenset({"new"})  # /projects/new is the form


@dataclass(frozen=True)
class ProjectDraft:
    """What the form holds. members, managers: usernames; a manager is a member too.

    coding_project: by its name or its whole address; empty for none.
    """

    title: str
    members: Sequence[str] = ()
    managers: Sequence[str] = ()
    im_execute: bool = True
    confirm_schedule: bool = False
    coding_project: str = ""


def ensure_default() -> Project:
    """The `default` project, made when it is missing."""
    project = db.session.scalar(db.select(Project).filter_by(name=DEFAULT_NAME))
    if project is None:
        project = Project(name=DEFAULT_NAME, title=_("默认项目"))
        db.session.add(project)
        db.session.flush()
    return project


def create(name: str, draft: ProjectDraft, actor: Member) -> Project:
    """A new project. Raises RuleError on name, title, members, managers or coding_project."""
    if not NAME_RULE.fullmatch(name) or name in RESERVED:
        raise RuleError(
            _("只能用小写字母、数字和连字符，以字母或数字开头，最多 63 个字符，且不能是 new。"),
            "name",
        )
    _check_coding(draft)
    project = Project(name=name, title=draft.title or name)
    roles = _roles(draft.members, draft.managers, [])
    taken = RuleError(_("已经有叫“%(name)s”的项目，请换一个标识。", name=name), "name")
    if db.session.scalar(db.select(Project.id).filter_by(name=name)):
        raise taken
    try:
        with db.session.begin_nested():
            db.session.add(project)
    except IntegrityError:  # somebody else was faster
        raise taken from None
    _fill(project, draft, roles)
    records.add(Action.PROJECT_CREATED, subject_of(project), actor, _details(project, roles))
    return project


def change(project: Project, draft: ProjectDraft, actor: Member) -> None:
    """Another title, other people, other switches.

    Raises RuleError on members, managers or coding_project.

    Nobody leaves who is still named in the flow: a step could otherwise wait for a stranger.
    """
    _check_coding(draft)
    present = [entry.member for entry in project.memberships]
    roles = _roles(draft.members, draft.managers, present)
    positions = _positions(project)
    for entry in project.memberships:
        position = positions.get(entry.member_id)
        if position is not None and entry.member not in roles:
            raise RuleError(
                _(
                    "%(name)s 是审批流程第 %(n)s 步的处理人，请先在「审批流程模板」中换人。",
                    name=entry.member.shown_name,
                    n=position,
                ),
                "members",
            )
    was_asked = project.im_execute
    _fill(project, draft, roles)
    if project.im_execute != was_asked:
        card_switches.im_execute_changed(project)
    records.add(Action.PROJECT_CHANGED, subject_of(project), actor, _details(project, roles))


def subject_of(project: Project) -> str:
    """How records name a project."""
    return f"project:{project.name}"


def enabled_members(project: Project) -> list[Member]:
    """Who may be given a step: the project's members that are not disabled, by user name."""
    query = (
        db.select(Member)
        .join(ProjectMember, ProjectMember.member_id == Member.id)
        .where(ProjectMember.project_id == project.id, Member.is_enabled)
        .order_by(Member.username)
    )
    return list(db.session.scalars(query))


def belongs(member: Member, project: Project) -> bool:
    """Whether this member has a place in the project, as every admin has."""
    if member.is_admin:
        return True
    place = db.select(ProjectMember.id).filter_by(project_id=project.id, member_id=member.id)
    return db.session.scalar(place) is not None


def outsiders(members: Collection[Member], project: Project) -> set[int]:
    """The ids of those who have no place in the project any more, as `belongs` has it."""
    ids = {one.id for one in members if not one.is_admin}
    inside = db.select(ProjectMember.member_id).where(
        ProjectMember.project_id == project.id, ProjectMember.member_id.in_(ids)
    )
    return ids - set(db.session.scalars(inside))


def candidates(project: Project | None) -> list[Member]:
    """Who can be made a member: everybody enabled, and whoever is one already."""
    query = db.select(Member).where(Member.is_enabled)
    if project is not None:
        inside = db.select(ProjectMember.member_id).filter_by(project_id=project.id)
        query = db.select(Member).where(db.or_(Member.is_enabled, Member.id.in_(inside)))
    return list(db.session.scalars(query.order_by(Member.username)))


def _check_coding(draft: ProjectDraft) -> None:
    issue_orders.check_project_name(issue_orders.project_name(draft.coding_project))


def _roles(
    members: Sequence[str], managers: Sequence[str], present: list[Member]
) -> dict[Member, ProjectRole]:
    roles: dict[Member, ProjectRole] = {}
    for field, names, role in (
        ("members", members, ProjectRole.MEMBER),
        ("managers", managers, ProjectRole.MANAGER),
    ):
        query = db.select(Member).where(Member.username.in_(names))
        found = {member.username: member for member in db.session.scalars(query)}
        for username in dict.fromkeys(names):
            member = found.get(username)
            if member is None or not (member.is_enabled or member in present):
                raise RuleError(_("没有用户名为“%(name)s”的启用成员。", name=username), field)
            roles[member] = role
    return roles


def _fill(project: Project, draft: ProjectDraft, roles: dict[Member, ProjectRole]) -> None:
    project.title = draft.title or project.name
    project.im_execute = draft.im_execute
    project.confirm_schedule = draft.confirm_schedule
    project.coding_project = issue_orders.project_name(draft.coding_project)
    _set_roles(project, roles)


def _set_roles(project: Project, roles: dict[Member, ProjectRole]) -> None:
    present = {entry.member: entry for entry in project.memberships}
    for member, entry in present.items():
        if member not in roles:
            project.memberships.remove(entry)
    for member, role in roles.items():
        if member in present:
            present[member].role = role
        else:
            project.memberships.append(ProjectMember(member=member, role=role))
    db.session.flush()


def _positions(project: Project) -> dict[int, int]:
    """Member id → the first step of the flow that names them."""
    query = (
        db.select(FlowAssignee.member_id, db.func.min(FlowStep.position))
        .join(FlowStep, FlowStep.id == FlowAssignee.step_id)
        .join(Flow, Flow.id == FlowStep.flow_id)
        .where(Flow.project_id == project.id)
        .group_by(FlowAssignee.member_id)
    )
    return dict(db.session.execute(query).all())


def _details(project: Project, roles: dict[Member, ProjectRole]) -> dict:
    return {
        "title": project.title,
        "members": sorted(member.username for member in roles),
        "managers": sorted(m.username for m, role in roles.items() if role == ProjectRole.MANAGER),
        "im_execute": project.im_execute,
        "confirm_schedule": project.confirm_schedule,
        "coding_project": project.coding_project,
    }
