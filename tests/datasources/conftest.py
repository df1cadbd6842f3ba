"""A project with a member and a manager, and its data sources."""

from __future__ import annotations

import pytest

from portal.extensions import db
from portal.models import Project, ProjectMember, ProjectRole
from tests.servers import mariadb_server, postgresql_server, sqlite_server

__all__ = ["mariadb_server", "postgresql_server", "sqlite_server"]


@pytest.fixture(autouse=True)
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
def manager(sign_in):
    return sign_in("boss")
