"""A project of many people takes as many queries as one of few."""

from sqlalchemy import event

from portal.extensions import db
from portal.models import Member, Project, ProjectMember


def count_queries(app, work) -> int:
    statements = []
    with app.app_context():
        engine = db.engine

    def note(_connection, _cursor, statement, *_rest):
        statements.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    try:
        work()
    finally:
        event.remove(engine, "before_cursor_execute", note)
    return len(statements)


def grow(app, password_hash, number: int) -> list[str]:
    with app.app_context():
        people = [
            Member(username=f"extra-{number}-{one}", password_hash=password_hash)
            for one in range(number)
        ]
        project = db.session.query(Project).filter_by(name="pay").one()
        db.session.add_all(people)
        project.memberships += [ProjectMember(member=one) for one in people]
        db.session.commit()
        return [entry.member.username for entry in project.memberships]


def test_a_projects_page_asks_for_all_its_people_at_once(app, shop, password_hash):
    for username in ("boss", "onlooker"):
        visitor = shop.sign_in(username)
        visitor.get("/projects/pay")
        few = count_queries(app, lambda to=visitor: to.client.get("/projects/pay"))
        grow(app, password_hash, 20 if username == "boss" else 21)
        many = count_queries(app, lambda to=visitor: to.client.get("/projects/pay"))
        assert many <= few


def test_a_project_is_saved_with_all_its_people_at_once(app, shop, password_hash):
    visitor = shop.sign_in("boss")
    token = visitor.csrf_token()

    def save(names):
        data = {"csrf_token": token, "title": "支付", "members": names}
        assert visitor.client.post("/projects/pay", data=data).status_code == 302

    names = grow(app, password_hash, 1)
    few = count_queries(app, lambda: save(names))
    names = grow(app, password_hash, 20)
    many = count_queries(app, lambda: save(names))
    assert many <= few + 3  # the flow's people, a batch
