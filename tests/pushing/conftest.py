"""A company whose problem SQL is pushed to CODING: the portal, the sandbox over real HTTP."""

from __future__ import annotations

import pytest

from portal import jobs
from portal.domain import issues, tracker_settings
from portal.domain.issues import Pushed, PushOrder
from portal.extensions import db
from portal.models import Delivery, IssueKind, ProblemIssue, ProblemSql, Project
from portal.sandbox.seed import CODING_TOKEN
from tests.flows.conftest import environment, sandbox, sandbox_server
from tests.world import World

__all__ = ["environment", "sandbox", "sandbox_server"]

CREATE = "CreateIssue"


class Pushes:
    """A world with CODING switched on, in the words of a story about pushes."""

    def __init__(self, world: World):
        self.world, self.sandbox = world, world.sandbox

    def save(self, enabled: bool = True, url: str | None = None, token: str = "") -> None:
        """What the boss does on CODING's card."""
        with self.world.rules():
            tracker_settings.save(
                "coding",
                enabled=enabled,
                address=url or self.sandbox.base,
                token=token,
                actor=self.world.member("boss"),
            )

    def gather(self, count: int = 1, first: int = 1) -> None:
        """So many problems, each of its own table, out of a ticket."""
        numbers = range(first, first + count)
        self.world.file("\n".join(f"DELETE FROM t{number};" for number in numbers))

    def push(self, project: str = "shop", only: int | None = None, **order) -> Pushed:
        """The creator pushes all problems, or the one about table t<only>."""
        values = {"kind": IssueKind.DEFECT} | order
        with self.world.rules():
            query = db.select(ProblemSql).order_by(ProblemSql.id)
            if only is not None:
                query = query.where(ProblemSql.sql.contains(f"t{only}"))
            pay = db.session.scalars(db.select(Project).filter_by(name="pay")).one()
            problems = db.session.scalars(query).all()
            creator = self.world.member("creator")
            return issues.push(pay, problems, PushOrder(project, **values), creator)

    def retry(self) -> None:
        """The creator presses 重试 at the only issue."""
        with self.world.rules():
            issue = db.session.scalars(db.select(ProblemIssue)).one()
            issues.retry(issue, self.world.member("creator"))

    def deliver(self) -> int:
        return self.world.deliver()

    def pass_time(self, seconds: float) -> None:
        """As if so much time had passed."""
        self.world.pass_time(seconds)

    def look(self) -> int:
        """Ask how every issue stands now, whatever its age."""
        with self.world.app.app_context():
            db.session.execute(
                db.text(
                    "UPDATE problem_issue SET next_look_at = '2020-01-01'"
                    " WHERE next_look_at IS NOT NULL"
                )
            )
            db.session.commit()
            return jobs.look_at_issues()

    def rows(self) -> list[dict]:
        """Our issues as plain values, oldest first."""
        names = ("state", "number", "url", "project_name", "kind", "priority", "progress",
                 "progress_name", "note", "failure", "failure_code", "cure", "round",
                 "next_look_at", "created_at", "looked_at", "key")  # fmt: skip
        with self.world.rules():
            found = db.session.scalars(db.select(ProblemIssue).order_by(ProblemIssue.id)).all()
            return [{name: getattr(one, name) for name in names} for one in found]

    @property
    def row(self) -> dict:
        """The only one."""
        (only,) = self.rows()
        return only

    def deliveries(self) -> list[tuple[str, str]]:
        """State and last code of every delivery of an issue, oldest first."""
        with self.world.rules():
            query = db.select(Delivery).where(Delivery.issue_id.is_not(None)).order_by(Delivery.id)
            return [(one.state.value, one.last_code) for one in db.session.scalars(query)]

    def there(self, project: str | None = None) -> list[dict]:
        """What is over there, but for what was deleted."""
        return [one for one in self.sandbox.issues(project=project) if not one["is_deleted"]]


@pytest.fixture
def pushes(app, sandbox, password_hash) -> Pushes:
    world = World(app, sandbox, [])
    world.settle_in(password_hash, im_execute=False)
    pushes = Pushes(world)
    pushes.save(token=CODING_TOKEN)
    sandbox.control("calls", method="DELETE")
    return pushes


