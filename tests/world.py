"""A whole small company for stories: the portal, the sandbox over real HTTP, people in both."""

from __future__ import annotations

import time
from collections.abc import Sequence
from contextlib import contextmanager

from flask import Flask

from portal import jobs
from portal.domain import integrations, tickets
from portal.extensions import db
from portal.models import (
    Approval,
    DataSource,
    DbType,
    Delivery,
    Flow,
    FlowAssignee,
    FlowStep,
    Member,
    Project,
    ProjectMember,
    ProjectRole,
    Role,
    StepKind,
    Ticket,
)
from tests.elapsed import set_back
from tests.platforms import DINGTALK, PLATFORMS, Platform
from tests.sandbox_client import PEOPLE, Sandbox, email_of

__all__ = ["PEOPLE", "TWO_STEPS", "Sandbox", "World", "email_of"]

TWO_STEPS = (("lead", "owner"), ("dba", "senior"))


class World:
    """One app with one project, and helpers in the words of a story."""

    def __init__(self, app: Flask, sandbox: Sandbox, platforms: Sequence[Platform] = (DINGTALK,)):
        self.app = app
        self.sandbox = sandbox
        self.platforms = platforms

    @property
    def platform(self) -> Platform:
        """The one that this story is about."""
        (only,) = self.platforms
        return only

    def outcome(self, card: dict) -> str:
        """What has become of this card over there: open, approved, rejected or withdrawn."""
        return PLATFORMS[card["provider"]].outcome(self.sandbox.card(card["id"]))

    def open_cards(self, marker: str = "") -> list[dict]:
        """The cards that wait for somebody over there, oldest first."""
        cards = self.sandbox.cards(marker=marker)
        return [card for card in cards if PLATFORMS[card["provider"]].outcome(card) == "open"]

    @property
    def database_file(self) -> str:
        return self.app.config["SQLALCHEMY_DATABASE_URI"].removeprefix("sqlite:///")

    @contextmanager
    def rules(self):
        """The domain, as a job or a view uses it; committed at the end."""
        with self.app.test_request_context():
            yield
            db.session.commit()
            db.session.remove()

    def settle_in(
        self, password_hash: str, steps=TWO_STEPS, im_execute: bool = True
    ) -> None:
        """Members, project, flow, data source and the enabled providers.

        im_execute: the execute step has cards, too.
        """
        with self.rules():
            admin = Member(
                username="boss", name="管理员", password_hash=password_hash, role=Role.ADMIN
            )
            people = [
                Member(
                    username=username,
                    name=name,
                    phone=f"+86{phone}",
                    email=email_of(username),
                    password_hash=password_hash,
                )
                for username, name, phone in PEOPLE
            ]
            db.session.add_all([admin, *people])
            project = Project(name="pay", title="支付系统", im_execute=im_execute)
            project.memberships = [
                ProjectMember(member=one, role=ProjectRole.MEMBER) for one in people
            ]
            db.session.add(project)
            db.session.flush()
            db.session.add(
                DataSource(
                    project=project,
                    name="订单库",
                    db_type=DbType.MYSQL,
                    host="10.0.0.5",
                    port=3306,
                    username="app",
                )
            )
            self._flow(project, {one.username: one for one in people}, steps)
            for one in self.platforms:
                integrations.save_provider(
                    one.name, True, one.app_key, one.app_secret, None, admin
                )

    def save_platform(self, enabled: bool = True, **changes) -> None:
        """What the boss does on the platform's card. changes: app_key, secret, originator."""
        one = self.platform
        values = {"app_key": one.app_key, "secret": None, "originator": None} | changes
        with self.rules():
            if values["originator"]:
                values["originator"] = self.member(values["originator"])
            integrations.save_provider(
                one.name, enabled, actor=self.member("boss"), **values
            )

    def prepare(self) -> None:
        """The template is made, and nothing else has happened yet."""
        self.deliver()
        self.sandbox.control("calls", method="DELETE")

    def _flow(self, project: Project, people: dict[str, Member], steps) -> None:
        rows = [
            FlowStep(
                position=position,
                kind=StepKind.AUDIT,
                description=f"第 {position} 步",
                assignees=[FlowAssignee(member=people[name]) for name in names],
            )
            for position, names in enumerate(steps, start=1)
        ]
        rows.append(
            FlowStep(
                position=len(steps) + 1,
                kind=StepKind.EXECUTE,
                assignees=[FlowAssignee(member=people["operator"])],
            )
        )
        db.session.add(Flow(project_id=project.id, steps=rows))

    def member(self, username: str) -> Member:
        return db.session.scalars(db.select(Member).filter_by(username=username)).one()

    def file(self, sql: str = "UPDATE t SET a = 1 WHERE id = 2", **fields) -> int:
        """File a ticket as the creator; answers its id. more: further schema → its SQL."""
        with self.rules():
            return self.file_within(sql, **fields)

    def file_within(self, sql: str = "UPDATE t SET a = 1 WHERE id = 2", **fields) -> int:
        """The same, within rules()."""
        project = db.session.scalars(db.select(Project).filter_by(name="pay")).one()
        source = db.session.scalars(db.select(DataSource).filter_by(name="订单库")).one()
        draft = tickets.NewTicket(
            subject=fields.get("subject", "改订单状态"),
            description=fields.get("description", "修复数据"),
            nonce=fields.get("nonce") or self.nonce(),
            tasks=[
                tickets.TaskDraft(source, schema, text)
                for schema, text in {"": sql, **fields.get("more", {})}.items()
            ],
        )
        creator = self.member(fields.get("creator", "creator"))
        ticket = tickets.submit(project, creator, draft)
        db.session.flush()
        return ticket.id

    def nonce(self) -> str:
        """Of a form that was not sent before."""
        return f"n-{time.monotonic_ns()}"

    @contextmanager
    def ticket(self, ticket_id: int):
        """The ticket in a fresh session; changes are committed."""
        with self.rules():
            yield db.session.get_one(Ticket, ticket_id)

    def step(self, ticket: Ticket, position: int):
        return next(
            step
            for step in ticket.steps
            if step.revision == ticket.revision and step.position == position
        )

    def started(self) -> Delivery:
        """The only start of a card. Within rules()."""
        return db.session.scalars(db.select(Delivery).filter_by(action="start")).one()

    def deliver(self) -> int:
        with self.app.app_context():
            return jobs.deliver()

    def sweep(self) -> int:
        """Ask about every pending card now, whatever its age."""
        with self.app.app_context():
            db.session.execute(db.text("UPDATE approval SET next_poll_at = '2020-01-01'"))
            db.session.commit()
            return jobs.sweep()

    def match(self) -> int:
        """Let the clock make the matches that were asked for."""
        with self.app.app_context():
            return jobs.match()

    def run(self, rounds: int = 3) -> None:
        """Let the clock tick until nothing is left to be done."""
        for _round in range(rounds):
            self.deliver()
            self.sweep()

    def pass_time(self, seconds: float) -> None:
        """As if so much time had passed: everything due is due earlier, all that was is older."""
        with self.app.app_context():
            for table, columns in (
                ("delivery", ("due_at", "retry_from", "created_at", "looked_at", "twins_due_at")),
                ("delivery_attempt", ("started_at", "wire_at", "ended_at")),
                ("approval", ("started_at", "next_poll_at", "created_at")),
                ("app_health", ("paused_until", "first_failure_at")),
                ("provider_setting", ("template_checked_at",)),
                ("provider_account", ("found_at", "match_due_at")),
                ("ticket", ("scheduled_at",)),
                ("problem_issue", ("created_at", "looked_at", "next_look_at")),
                ("execution_run", ("due_at", "created_at", "beat_at", "orphaned_at")),
            ):
                for column in columns:
                    set_back(db.session.connection(), table, column, seconds)
            db.session.commit()
            db.session.remove()

    def facts(self, ticket_id: int) -> dict:
        """What the portal knows of this ticket, as plain values."""
        with self.ticket(ticket_id) as ticket:
            approvals = db.session.scalars(
                db.select(Approval).join(Approval.step).filter_by(ticket_id=ticket_id)
            ).all()
            deliveries = db.session.scalars(
                db.select(Delivery)
                .where(Delivery.approval_id.in_([one.id for one in approvals]))
                .order_by(Delivery.id)
            ).all()
            return {
                "status": ticket.status.value,
                "revision": ticket.revision,
                "steps": [step.state.value for step in ticket.steps],
                "cards": [(one.key, one.state.value) for one in approvals],
                "problems": [one.problem for one in approvals],
                "left_out": [one.left_out for one in approvals],
                "deliveries": [
                    (one.action.value, one.state.value, one.last_code) for one in deliveries
                ],
            }
