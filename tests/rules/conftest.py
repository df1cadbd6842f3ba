"""A project with a member and a manager, and how its rules stand."""

import pytest

from portal.domain import rules
from portal.extensions import db
from portal.models import OperationRecord, Project, ProjectMember, ProjectRole, RuleSetting

PATH = "/projects/orders/rules"


@pytest.fixture
def project(app, make_member):
    people = [make_member(name) for name in ("li", "boss", "stranger")]
    with app.app_context():
        entries = [
            ProjectMember(member_id=people[0].id),
            ProjectMember(member_id=people[1].id, role=ProjectRole.MANAGER),
        ]
        db.session.add(Project(name="orders", title="订单系统", memberships=entries))
        db.session.add(Project(name="other", title="别的"))
        db.session.commit()


@pytest.fixture
def manager(project, sign_in):
    return sign_in("boss")


@pytest.fixture
def kept(app):
    """kept() → rule → level, as the project's rows say."""

    def read(name="orders"):
        with app.app_context():
            query = db.select(RuleSetting).join(Project, Project.id == RuleSetting.project_id)
            return {row.rule: row.level for row in db.session.scalars(query.filter_by(name=name))}

    return read


@pytest.fixture
def profile(app):
    """profile("orders") → what an audit of its SQL is given."""

    def read(name="orders"):
        with app.test_request_context():
            return rules.profile_of(db.session.scalar(db.select(Project).filter_by(name=name)))

    return read


@pytest.fixture
def recorded(app):
    """recorded() → the details of every change of rules, in order."""

    def read():
        with app.app_context():
            query = db.select(OperationRecord.details).filter_by(action="rules_changed")
            return list(db.session.scalars(query.order_by(OperationRecord.id)))

    return read
