"""A company at work, for looking at its pages: tickets in every state, members, odd values.

It is made by the domain itself, in this process, on the database that a served portal has open.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field

from portal import config, create_app
from portal.domain import states, tickets
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
    StepKind,
    TicketStatus,
)
from tests.browser.processes import Served
from tests.world import Sandbox, World

TICKETS = "/projects/pay/tickets"
LONG_WORD = "ALTER_TABLE_order_archive_partition_" * 5
ODD_SQL = f"""
UPDATE orders SET state = 2;
DELETE FROM customers;
SELECT * FROM orders WHERE note = '{"很长的备注" * 60}';
CREATE TABLE {"t" * 60} (id int);
THIS IS NOT SQL AT ALL;
"""
MORE_TICKETS = 25
MORE_MEMBERS = 22


@dataclass
class Company:
    """served: the portal that shows it. numbers: what a ticket is about → its number in `pay`."""

    served: Served
    world: World
    numbers: dict[str, int] = field(default_factory=dict)

    def file(self, name: str, **fields) -> int:
        """File a ticket in `pay`; answers its id."""
        ticket_id = self.world.file(**fields)
        with self.world.ticket(ticket_id) as ticket:
            self.numbers[name] = ticket.number
        return ticket_id

    def path(self, where: str) -> str:
        """Of "ticket: <what it is about>"; a path is answered as it is."""
        if where.startswith("ticket: "):
            return f"{TICKETS}/{self.numbers[where.removeprefix('ticket: ')]}"
        return where

    def decide(self, ticket_id: int, username: str, agreed: bool, reason: str = "") -> None:
        """In the portal, on the step that is open."""
        with self.world.ticket(ticket_id) as ticket:
            step = states.open_step(ticket)
            assert tickets.decide(step, self.world.member(username), agreed, reason)


def settled(served: Served, folder, password_hash: str) -> Company:
    """Everything that the pages are looked at with; every member has the same password."""
    app = create_app(config.load(served.settings, folder))
    sandbox = Sandbox(served.sandbox)
    sandbox.reset()
    world = World(app, sandbox)
    world.settle_in(password_hash)
    company = Company(served, world)
    _more_people(world, password_hash)
    _another_project(world)
    _tickets(company)
    with app.app_context():
        db.engine.dispose()
    return company


def _more_people(world: World, password_hash: str) -> None:
    with world.rules():
        members = [
            Member(
                username=f"member{number:02}",
                name=f"同事{number}",
                email=f"member{number:02}@example.com",
                phone=f"+86137000000{number:02}",
                password_hash=password_hash,
                is_enabled=number % 7 != 0,
            )
            for number in range(MORE_MEMBERS)
        ]
        members.append(
            Member(username="newcomer", password_hash=password_hash, must_change_password=True)
        )
        members.append(Member(username="x" * 64, name="名" * 64, password_hash=password_hash))
        members.append(Member(username="stranger", name="局外人", password_hash=password_hash))
        db.session.add_all(members)


def _another_project(world: World) -> None:
    """`ops`: no audit step, two pages of tickets; `empty` has nobody and nothing but a name."""
    with world.rules():
        operator, creator = world.member("operator"), world.member("creator")
        project = Project(name="ops", title="运维平台")
        project.memberships = [
            ProjectMember(member=operator, role=ProjectRole.MANAGER),
            ProjectMember(member=creator, role=ProjectRole.MEMBER),
        ]
        db.session.add_all([project, Project(name="empty", title="空项目")])
        db.session.flush()
        step = FlowStep(
            position=1, kind=StepKind.EXECUTE, assignees=[FlowAssignee(member=operator)]
        )
        db.session.add(Flow(project_id=project.id, steps=[step]))
        source = DataSource(
            project=project, name="归档库", db_type=DbType.SQLITE, database="archive.db"
        )
        db.session.add(source)
        db.session.flush()
        for number in range(MORE_TICKETS):
            task = tickets.TaskDraft(source, "", f"DELETE FROM logs WHERE day < {number}")
            subject = f"清理第 {number} 天的日志"
            draft = tickets.NewTicket(subject, "", nonce=f"ops-{number}", tasks=[task])
            tickets.submit(project, creator, draft)


def _tickets(company: Company) -> None:
    world, sandbox = company.world, company.world.sandbox
    refused = company.file("rejected", subject="给订单表加索引", description="查询太慢\n请尽快")
    card = until(lambda: sandbox.cards(status="RUNNING"))[0]
    sandbox.press(card["id"], "refuse", "ding-lead", remark="请改成在线加索引")
    until(lambda: world.sweep() and world.facts(refused)["status"] == TicketStatus.REJECTED)
    # His phone number changes over there: from now on nobody is found by the one we have.
    moved = {"userid": "ding-senior", "name": "钱老师", "mobile": "13900000099"}
    sandbox.control("people", {"people": [moved]})
    sandbox.control("scopes", {"revoke": ["Workflow.Instance.Write"]})
    failed = company.file("failed", subject="权限被收回时提交")
    until(
        lambda: "failed" in [state for _action, state, _code in world.facts(failed)["deliveries"]]
    )
    sandbox.control("scopes", {"grant": ["Workflow.Instance.Write"]})
    company.file("waiting", subject="改订单状态")
    second = company.file("second step", subject="第二步待审核")
    company.decide(second, "owner", True, "看过了")
    until(lambda: "pending" in [state for _key, state in world.facts(second)["cards"]])
    ready = company.file("ready", subject="待上线")
    finished = company.file("finished", subject="已上线")
    for ticket_id in (ready, finished):
        company.decide(ticket_id, "lead", True)
        company.decide(ticket_id, "dba", True)
    with world.ticket(finished) as ticket:
        tickets.mark_executed(ticket, world.member("operator"))
    closed = company.file("closed", subject="不做了")
    with world.ticket(closed) as ticket:
        tickets.close(ticket, world.member("creator"), "需求取消")
    company.file("broken", subject="管理员没有钉钉账号", creator="boss")
    company.file("odd", subject=LONG_WORD, description=LONG_WORD + "\n" + "说明" * 500, sql=ODD_SQL)
    edited = company.file("edited", subject="改过一次")
    company.decide(edited, "lead", False, "缺少 WHERE")
    with world.ticket(edited) as ticket:
        tickets.resubmit(ticket, world.member("creator"), "改过一次", "补上条件", "SELECT 1")


def until(true: Callable[[], object], seconds: float = 30.0):
    """Wait for the served portal to get there; answers what was waited for."""
    deadline = time.monotonic() + seconds
    while not (found := true()):
        assert time.monotonic() < deadline, "the served portal did not get there"
        time.sleep(0.1)
    return found
