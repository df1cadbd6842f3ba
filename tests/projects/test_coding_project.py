"""The CODING project that a project's problem SQL is pushed to."""

import pytest

from portal.extensions import db
from portal.models import OperationRecord, Project

PATH = "/projects/default"


def kept(app) -> str:
    with app.app_context():
        return db.session.scalars(db.select(Project.coding_project)).one()


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("order-system", "order-system"),
        (" https://team.coding.net/p/abc/all/issues?x=1 ", "abc"),
        ("http://coding.corp.example:8080/p/abc", "abc"),
        ("订单", "订单"),
        ("", ""),
    ],
)
def test_it_is_kept_by_its_name(app, admin, typed, name):
    page = admin.get(PATH).form(has="coding_project").fill(coding_project=typed).send()
    assert kept(app) == name
    assert page.one("[name=coding_project]")["value"] == name
    assert (name or "未设置") in page.one(".project-switches").get_text()
    with app.app_context():
        (record,) = db.session.scalars(
            db.select(OperationRecord).filter_by(action="project_changed")
        )
        assert record.details["coding_project"] == name


@pytest.mark.parametrize("typed", ["a b", "a/b", "x" * 129, "x" * 256, "a\x00b", "a?b"])
def test_what_is_no_name_is_refused_and_kept_on_the_page(app, admin, typed):
    page = admin.get(PATH).form(has="coding_project").fill(coding_project=typed).send(422)
    assert list(page.errors) == ["coding_project"]
    assert kept(app) == ""


def test_a_new_project_has_it_too(app, admin):
    form = admin.get("/projects/new").form(has="coding_project")
    form.fill(name="pay", title="支付", coding_project="pay-coding").send()
    assert "CODING 项目： pay-coding" in admin.get("/settings/records").text
