"""What seeded tickets refer to: projects with one flow, data sources, and many who file."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from portal.extensions import db
from portal.models import (
    DataSource,
    DbType,
    Flow,
    FlowAssignee,
    FlowStep,
    Member,
    Project,
    ProjectMember,
    ProjectRole,
)

BIG_PROJECT = "pay"
OTHER_PROJECTS = ("shop", "stock", "crm")


@dataclass(frozen=True)
class Company:
    """What every ticket refers to: ids. steps: who decides each, the last one executes."""

    people: tuple[int, ...]
    steps: tuple[tuple[int, ...], ...]
    projects: tuple[tuple[int, str, int], ...]  # id, name, data source; the big one first


def settle_in_more(creators: int = 0) -> Company:
    """Beside World.settle_in: the other projects with the same flow, and more people who file."""
    people = db.session.scalars(db.select(Member).order_by(Member.id)).all()
    extra = [
        Member(username=f"dev{n}", name=f"开发 {n}", password_hash="-") for n in range(creators)
    ]
    db.session.add_all(extra)
    big = db.session.scalars(db.select(Project).filter_by(name=BIG_PROJECT)).one()
    big.memberships += [ProjectMember(member=one, role=ProjectRole.MEMBER) for one in extra]
    flow = db.session.scalars(db.select(Flow).filter_by(project_id=big.id)).one()
    for name in OTHER_PROJECTS:
        project = Project(name=name, title=f"项目 {name}")
        project.memberships = [
            ProjectMember(member=one, role=ProjectRole.MEMBER) for one in [*people, *extra]
        ]
        db.session.add(project)
        db.session.flush()
        db.session.add(
            DataSource(project=project, name="主库", db_type=DbType.MYSQL, host="10.0.0.6")
        )
        db.session.add(Flow(project_id=project.id, steps=[_copy(step) for step in flow.steps]))
    db.session.flush()
    return Company(
        people=tuple(one.id for one in [*people, *extra] if one.username != "admin"),
        steps=tuple(tuple(one.member_id for one in step.assignees) for step in flow.steps),
        projects=tuple(_projects()),
    )


def _copy(step: FlowStep) -> FlowStep:
    return FlowStep(
        position=step.position,
        kind=step.kind,
        assignees=[FlowAssignee(member_id=one.member_id) for one in step.assignees],
    )


def _projects() -> Iterator[tuple[int, str, int]]:
    for name in (BIG_PROJECT, *OTHER_PROJECTS):
        project = db.session.scalars(db.select(Project).filter_by(name=name)).one()
        source = db.session.scalars(
            db.select(DataSource).filter_by(project_id=project.id).order_by(DataSource.id)
        ).first()
        yield project.id, name, source.id
