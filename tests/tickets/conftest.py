"""A project with people, a flow and a data source; no platform is asked here."""

from itertools import count

import pytest
from sqlalchemy import select

from portal.domain import tickets
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
    Role,
    StepKind,
    Ticket,
)

PEOPLE = {
    "creator": "陈工",
    "lead": "李组长",
    "owner": "王经理",
    "dba": "赵主任",
    "operator": "孙运维",
    "onlooker": "周同事",
}
AUDITS = (("lead", "owner"), ("dba",))


class Shop:
    """One project's worth of people; tickets are filed by the rules and seen as plain values."""

    def __init__(self, app, sign_in):
        self.app = app
        self.sign_in = sign_in
        self.nonces = count()

    def settle_in(self, password_hash: str, audits=AUDITS) -> None:
        with self.app.app_context():
            people = {
                username: Member(username=username, name=name, password_hash=password_hash)
                for username, name in PEOPLE.items()
            }
            boss = Member(
                username="boss", name="管理员", password_hash=password_hash, role=Role.ADMIN
            )
            stranger = Member(username="stranger", name="外人", password_hash=password_hash)
            project = Project(name="pay", title="支付系统")
            project.memberships = [ProjectMember(member=one) for one in people.values()]
            db.session.add_all([boss, stranger, project, *people.values()])
            db.session.flush()
            db.session.add(
                DataSource(project=project, name="订单库", db_type=DbType.MYSQL, host="10.0.0.5")
            )
            steps = [
                FlowStep(
                    position=position,
                    kind=StepKind.AUDIT,
                    description=f"第{position}关",
                    assignees=[FlowAssignee(member=people[name]) for name in names],
                )
                for position, names in enumerate(audits, start=1)
            ]
            steps.append(
                FlowStep(
                    position=len(audits) + 1,
                    kind=StepKind.EXECUTE,
                    assignees=[FlowAssignee(member=people["operator"])],
                )
            )
            db.session.add(Flow(project_id=project.id, steps=steps))
            db.session.commit()

    def member(self, username: str) -> Member:
        return db.session.scalars(select(Member).filter_by(username=username)).one()

    def project(self, name: str = "pay") -> Project:
        return db.session.scalars(select(Project).filter_by(name=name)).one()

    def file(self, sql: str = "UPDATE t SET a = 1 WHERE id = 2", **fields) -> int:
        """File a ticket by the rules; answers its number. more: further data source → SQL."""
        with self.app.test_request_context():
            source = self.source("订单库")
            more = [
                tickets.TaskDraft(self.source(name), "", text, prefix=f"tasks-{place}-")
                for place, (name, text) in enumerate(fields.get("more", {}).items(), start=2)
            ]
            draft = tickets.NewTicket(
                subject=fields.get("subject", "改订单状态"),
                description=fields.get("description", "修复数据"),
                nonce=fields.get("nonce") or f"nonce-{next(self.nonces)}",
                tasks=[tickets.TaskDraft(source, "", sql), *more],
            )
            creator = self.member(fields.get("creator", "creator"))
            number = tickets.submit(self.project(), creator, draft).number
            db.session.commit()
            db.session.remove()
            return number

    def source(self, name: str) -> DataSource:
        return db.session.scalars(select(DataSource).filter_by(name=name)).one()

    def add_sources(self, **types: str) -> dict[str, str]:
        """More data sources of the project, name → db_type; answers name → id, of all of them."""
        with self.app.app_context():
            project = self.project()
            db.session.add_all(
                DataSource(project=project, name=name, db_type=DbType(kind), host="10.0.0.6")
                for name, kind in types.items()
            )
            db.session.commit()
            query = select(DataSource.name, DataSource.id).filter_by(project_id=project.id)
            return {name: str(id) for name, id in db.session.execute(query)}

    def allow(self, level: str) -> None:
        """The project lets through no worse than this."""
        with self.app.app_context():
            query = select(Flow).filter_by(project_id=self.project().id)
            db.session.scalars(query).one().max_level = level
            db.session.commit()

    def numbers(self) -> list[int]:
        with self.app.app_context():
            return list(db.session.scalars(select(Ticket.number).order_by(Ticket.number)))

    def change(self, number: int, work) -> None:
        """work(ticket) in a transaction of its own."""
        with self.app.test_request_context():
            work(db.session.scalars(select(Ticket).filter_by(number=number)).one())
            db.session.commit()
            db.session.remove()

    def bring_to(self, number: int, status: str) -> None:
        """Move a fresh ticket to this state by people's own acts."""
        path = {
            "wait_for_audit": (),
            "second_step": (("lead", True),),
            "wait_for_execution": (("lead", True), ("dba", True)),
            "rejected": (("lead", False),),
        }

        def work(ticket):
            for username, agreed in path.get(status, ()):
                step = next(one for one in ticket.steps if one.state == "open")
                assert tickets.decide(step, self.member(username), agreed, "看过了")
            if status == "canceled":
                tickets.close(ticket, self.member("creator"), "不需要了")
            if status == "finished":
                for username in ("lead", "dba"):
                    step = next(one for one in ticket.steps if one.state == "open")
                    tickets.decide(step, self.member(username), True)
                tickets.mark_executed(ticket, self.member("operator"))

        self.change(number, work)

    def status(self, number: int) -> str:
        with self.app.app_context():
            return db.session.scalar(select(Ticket.status).filter_by(number=number)).value

    def visit(self, username: str, number: int, status: int = 200):
        return self.sign_in(username).get(f"/projects/pay/tickets/{number}", status)


@pytest.fixture
def shop(app, sign_in, password_hash) -> Shop:
    shop = Shop(app, sign_in)
    shop.settle_in(password_hash)
    return shop
