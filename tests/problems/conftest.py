"""A project with people and a data source, and its problem SQL as plain values."""

import pytest
from sqlalchemy import select

from portal.domain import gathering, settings
from portal.domain.sightings import Seen
from portal.extensions import db
from portal.models import Level, OperationRecord, ProblemIssue, ProblemSource, ProblemSql
from tests.tickets.conftest import Shop, shop

__all__ = ["LIST", "Problems", "shop"]

LIST = "/projects/pay/problems"


class Problems:
    """What is kept of the shop's problems."""

    def __init__(self, shop: Shop):
        self.shop = shop

    def all(self) -> list[ProblemSql]:
        """Oldest first; detached from the database."""
        with self.shop.app.app_context():
            return list(db.session.scalars(select(ProblemSql).order_by(ProblemSql.id)))

    def change(self, id: int, **values) -> None:
        with self.shop.app.app_context():
            row = db.session.get(ProblemSql, id)
            for name, value in values.items():
                setattr(row, name, value)
            db.session.commit()

    def switch_on(self) -> None:
        """CODING, as its settings card does."""
        with self.shop.app.app_context():
            setting = settings.provider_setting("coding")
            setting.is_enabled, setting.app_key = True, "https://team.coding.net"
            setting.app_secret_encrypted = "x"
            db.session.add(setting)
            db.session.commit()

    def issues(self) -> list[ProblemIssue]:
        with self.shop.app.app_context():
            query = select(ProblemIssue).order_by(ProblemIssue.problem_id.desc())
            return list(db.session.scalars(query))

    def settle(self, problem_id: int, **values) -> None:
        """Its issue as CODING's answer leaves it."""
        with self.shop.app.app_context():
            issue = db.session.scalars(
                select(ProblemIssue).filter_by(problem_id=problem_id)
            ).one()
            for name, value in values.items():
                setattr(issue, name, value)
            db.session.commit()

    def records(self, action: str) -> list[OperationRecord]:
        with self.shop.app.app_context():
            query = select(OperationRecord).filter_by(action=action).order_by(OperationRecord.id)
            return list(db.session.scalars(query))

    def add(self, *sqls: str, level="error", source="sql_file", **values) -> list[int]:
        """As they are gathered; answers the ids. project, datasource: by name."""
        with self.shop.app.test_request_context():
            finding = {"rule": "x", "level": level, "message": "没有 WHERE 条件"}
            project = self.shop.project(values.get("project", "pay"))
            place = self.shop.source(values.get("datasource", "订单库")).id
            seen = [
                Seen(place, values.get("schema", ""), one, one, Level(level), [finding])
                for one in sqls
            ]
            actor = self.shop.member("creator")
            gathering.gather(project, seen, ProblemSource(source), actor)
            db.session.commit()
            query = select(ProblemSql.id).where(ProblemSql.fingerprint.in_(sqls))
            ids = list(db.session.scalars(query.order_by(ProblemSql.id)))
            db.session.remove()
            return ids


@pytest.fixture
def problems(shop) -> Problems:
    return Problems(shop)
