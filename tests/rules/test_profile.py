"""Changed levels count for every ticket filed or resubmitted from then on, and for no other."""

from __future__ import annotations

from portal.domain import filing, flows, rules
from portal.extensions import db
from portal.models import Project, RuleSetting, Ticket
from portal.sqlaudit import Level
from tests.tickets.conftest import shop

__all__ = ["shop"]
STAR = "SELECT * FROM orders WHERE id = 7"


def set_level(app, level: str, rule="select_star") -> None:
    with app.app_context():
        project = db.session.scalar(db.select(Project).filter_by(name="pay"))
        db.session.add(RuleSetting(project_id=project.id, rule=rule, level=level))
        db.session.commit()


def rules_found(app, number: int) -> dict[str, str]:
    with app.app_context():
        ticket = db.session.scalar(db.select(Ticket).filter_by(number=number))
        findings = ticket.tasks[0].statements[0].findings
        return {one["rule"]: one["level"] for one in findings}


def file_by_form(shop, sql=STAR) -> int:
    form = shop.sign_in("creator").get("/projects/pay/tickets/new").form(has="subject")
    page = form.fill(subject="看订单", sql=sql).send()
    return int(page.path.rsplit("/", 1)[1])


def test_a_ticket_filed_on_the_page_is_judged_by_the_projects_levels(app, shop):
    before = file_by_form(shop)
    set_level(app, "off")
    after = file_by_form(shop)
    assert "select_star" in rules_found(app, before)
    assert "select_star" not in rules_found(app, after)


def test_a_raised_level_can_keep_a_ticket_out(app, shop):
    set_level(app, "error")
    with app.app_context():
        project = db.session.scalar(db.select(Project).filter_by(name="pay"))
        flows.of(project).max_level = "warn"
        db.session.commit()
    form = shop.sign_in("creator").get("/projects/pay/tickets/new").form(has="subject")
    page = form.fill(subject="看订单", sql=STAR).send(422)
    assert list(page.errors) == ["sql"]


def test_a_resubmitted_ticket_is_judged_by_the_levels_of_now(app, shop):
    number = shop.file(STAR)
    assert rules_found(app, number)["select_star"] == "notice"
    shop.bring_to(number, "rejected")
    set_level(app, "warn")
    page = shop.visit("creator", number)
    page.form(has="sql").fill(subject="看订单", sql=STAR).send()
    assert rules_found(app, number)["select_star"] == "warn"


def test_the_domain_asks_for_the_levels_itself_where_no_audit_is_given(app, shop):
    set_level(app, "off")
    assert "select_star" not in rules_found(app, shop.file(STAR))


def test_a_row_that_makes_no_sense_any_more_is_left_aside(app, shop):
    for rule, level in (("gone", "off"), ("syntax", "off"), ("select_star", "fatal")):
        set_level(app, level, rule)
    with app.test_request_context():
        project = db.session.scalar(db.select(Project).filter_by(name="pay"))
        assert rules.profile_of(project) == {}
        audit = filing.audit_sql(STAR, "mysql", rules.profile_of(project))
        assert audit.level == Level.NOTICE
