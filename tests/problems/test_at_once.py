"""Several file, resubmit and upload the same SQL at once: one problem, counted right."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from itertools import count
from urllib.parse import quote

import flask_migrate
import pytest

from portal import create_app, first_start
from portal.domain import rules, tickets
from portal.domain.quick_audit import judge, keep
from portal.extensions import db
from portal.models import ProblemSql
from tests.conftest import settings
from tests.servers import database_server, mariadb_server, postgresql_server, sqlite_server
from tests.tickets.conftest import Shop

__all__ = ["database_server", "mariadb_server", "postgresql_server", "sqlite_server"]

ROUNDS, HANDS = 8, 4
SQL = "DELETE FROM a; UPDATE b SET x = 1; SELECT * FROM c"
DRIVERS = {"postgresql": "postgresql+psycopg", "mysql": "mysql+pymysql"}


@pytest.fixture
def crowd(tmp_path, database_server, password_hash) -> Shop:
    """The shop, its portal on each kind of database."""
    server, place = database_server, {}
    if server.db_type in DRIVERS:
        account = f"{server.username}:{quote(server.password)}"
        name = server.new_database()
        address = f"{account}@{server.host}:{server.port}/{name}"
        place["DATABASE_URL"] = f"{DRIVERS[server.db_type]}://{address}"
    app = create_app(settings(tmp_path, **place))
    with app.app_context():
        flask_migrate.upgrade()
        first_start.prepare()
        db.session.remove()
    shop = Shop(app, None)
    shop.settle_in(password_hash)
    yield shop
    with app.app_context():
        db.session.remove()
        db.engine.dispose()


def test_the_same_problem_is_kept_once(crowd):
    numbers = count()

    def resubmit(number: int) -> None:
        sqls = [f"{SQL}; DELETE FROM d"]
        crowd.change(number, lambda one: tickets.resubmit(one, one.creator, "改", "", sqls))

    def upload() -> None:
        with crowd.app.test_request_context():
            project, source = crowd.project(), crowd.source("订单库")
            judged = judge(SQL, "mysql", rules.profile_of(project))
            keep(project, source, "", judged, crowd.member("lead"))
            db.session.commit()
            db.session.remove()

    def one_round() -> None:
        match next(numbers) % HANDS:
            case 0:
                resubmit(rejected.pop())
            case 1:
                upload()
            case _:
                crowd.file(SQL)

    rejected = [crowd.file("SELECT 1") for _number in range(ROUNDS)]
    for number in rejected:
        crowd.bring_to(number, "rejected")
    with ThreadPoolExecutor(HANDS) as pool:
        for done in [pool.submit(one_round) for _number in range(ROUNDS * HANDS)]:
            done.result()
    with crowd.app.app_context():
        found = db.session.scalars(db.select(ProblemSql).order_by(ProblemSql.fingerprint)).all()
        assert [(one.fingerprint, one.count) for one in found] == [
            ("delete from a", ROUNDS * HANDS),
            ("delete from d", ROUNDS),
            ("select * from c", ROUNDS * HANDS),
            ("update b set x = ?", ROUNDS * HANDS),
        ]
