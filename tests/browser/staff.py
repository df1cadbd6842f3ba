"""The people and projects of the company that pages are looked at with."""

from __future__ import annotations

from collections.abc import Iterator

from portal.domain import matching, tickets
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
    Role,
    StepKind,
)
from tests.world import World

MORE_TICKETS = 25
MORE_MEMBERS = 22
# An admin who may have a sample sent to a phone; boss has none.
CHIEF = {
    "userid": "ding-chief",
    "name": "韩总监",
    "mobile": "13900000007",
    "email": "chief@pay.example",
}


def more_people(world: World, password_hash: str) -> None:
    """Whom the board of 成员映射 shows: found, missing, shared, and never asked for."""
    with world.rules():
        db.session.add_all(
            Member(password_hash=password_hash, **values) for values in [*_numbered(), *_odd()]
        )
        db.session.flush()
        for username in ("chief", "member01"):  # the others were never asked for
            matching.ask(world.member(username), None)
    world.sandbox.control("people", {"people": [CHIEF]})


def _numbered() -> Iterator[dict]:
    for number in range(MORE_MEMBERS):
        yield {
            "username": f"member{number:02}",
            "name": f"同事{number}",
            "email": f"member{number:02}@example.com",
            "phone": f"+86137000000{number:02}",
            "is_enabled": number % 7 != 0,
        }


def _odd() -> Iterator[dict]:
    phone = f"+86{CHIEF['mobile']}"
    admin = {"username": "chief", "name": CHIEF["name"], "role": Role.ADMIN}
    yield admin | {"phone": phone, "email": CHIEF["email"]}
    yield {"username": "newcomer", "must_change_password": True}
    yield {"username": "stranger", "name": "局外人"}
    yield {"username": "x" * 64, "name": "名" * 64}
    yield {"username": "damaged", "name": "坏号码", "phone": "12"}
    for username, name in (("double1", "双胞胎甲"), ("double2", "双胞胎乙")):
        yield {"username": username, "name": name, "phone": "+8613700009999"}


def more_projects(world: World) -> None:
    """`ops`: no audit step, no cards, two pages of tickets; `empty` has nothing but a name.

    `lost`: nobody can be asked at its first step, and one of two not at the second.
    """
    with world.rules():
        db.session.add(Project(name="empty", title="空项目"))
        lost = (("newcomer",), ("double1", "lead"), ("lead",))
        strangers = ["newcomer", "double1", "lead", "creator"]
        _archive(add_project(world, "lost", "失联项目", lost, strangers))
        steps = (("operator",),)
        ops = add_project(world, "ops", "运维平台", steps, ["creator"], manager="operator")
        ops.im_execute = False
        source = _archive(ops)
        for number in range(MORE_TICKETS):
            task = tickets.TaskDraft(source, "", f"DELETE FROM logs WHERE day < {number}")
            subject = f"清理第 {number} 天的日志"
            draft = tickets.NewTicket(subject, "", nonce=f"ops-{number}", tasks=[task])
            tickets.submit(ops, world.member("creator"), draft)


def add_project(
    world: World, name: str, title: str, steps, members: list[str], manager: str = "boss"
) -> Project:
    """steps: the assignees of each; the last one puts online. Within rules()."""
    project = Project(name=name, title=title)
    roles = dict.fromkeys(members, ProjectRole.MEMBER) | {manager: ProjectRole.MANAGER}
    project.memberships = [
        ProjectMember(member=world.member(one), role=role) for one, role in roles.items()
    ]
    db.session.add(project)
    db.session.flush()
    rows = [
        FlowStep(
            position=position,
            kind=StepKind.EXECUTE if position == len(steps) else StepKind.AUDIT,
            assignees=[FlowAssignee(member=world.member(one)) for one in people],
        )
        for position, people in enumerate(steps, start=1)
    ]
    db.session.add(Flow(project_id=project.id, steps=rows))
    return project


def _archive(project: Project) -> DataSource:
    """A data source whose file is missing."""
    source = DataSource(
        project=project, name="归档库", db_type=DbType.SQLITE, database="archive.db"
    )
    db.session.add(source)
    db.session.flush()
    return source
