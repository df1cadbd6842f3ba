"""Projects: the list, a new one, and who belongs to it."""

from __future__ import annotations

import pytest

from portal.domain import projects
from portal.extensions import db
from portal.models import Flow, FlowAssignee, FlowStep, Member, OperationRecord, Project, StepKind


@pytest.fixture
def people(make_member):
    return {name: make_member(name, name=title) for name, title in
            (("li", "李四"), ("wang", "王五"), ("zhao", "赵六"))}  # fmt: skip


def create(admin, status=302, **values):
    values = {"name": "orders", "title": "订单系统"} | values
    return admin.get("/projects/new").form(has="managers").fill(**values).send(status)


def roles(app, name="orders"):
    with app.app_context():
        project = db.session.scalar(db.select(Project).filter_by(name=name))
        return project and {e.member.username: e.role.value for e in project.memberships}


def test_a_project_is_made_with_its_people(app, admin, people):
    page = create(admin, members=["li", "wang"], managers=["wang", "zhao"])
    assert page.path == "/projects/orders/flow"
    assert "请设置审批流程" in page.flashes[0][1]
    assert roles(app) == {"li": "member", "wang": "manager", "zhao": "manager"}
    assert "订单系统" in admin.get("/projects").text
    with app.app_context():
        record = db.session.scalars(
            db.select(OperationRecord).filter_by(action="project_created")
        ).one()
        assert record.subject == "project:orders"
        assert record.details["managers"] == ["wang", "zhao"]


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"name": ""}, "name"),
        ({"name": "new"}, "name"),
        ({"name": "default"}, "name"),
        ({"name": "Orders"}, "name"),
        ({"name": "-x"}, "name"),
        ({"name": "a/b"}, "name"),
        ({"name": "a b"}, "name"),
        ({"name": "订单"}, "name"),
        ({"name": "a\n"}, None),
        ({"name": "a" * 64}, "name"),
        ({"title": ""}, "title"),
        ({"title": " "}, "title"),
        ({"title": "x" * 65}, "title"),
        ({"title": "x\x00"}, "title"),
        ({"members": ["nobody"]}, "members"),
        ({"managers": ["nobody"]}, "managers"),
        ({"members": ["a\x00b"]}, "members"),
    ],
)
def test_a_refused_project_says_why_and_keeps_what_was_typed(app, admin, people, values, field):
    page = create(admin, 302 if field is None else 422, **({"members": ["li"]} | values))
    if field is None:  # blanks at the ends are taken away, that is all
        assert roles(app, "a") == {"li": "member"}
        return
    assert list(page.errors) == [field]
    typed = {"name": "orders", "title": "订单系统"} | values
    assert page.one("[name=name]")["value"] == typed["name"]
    assert page.one("[name=title]")["value"] == typed["title"].strip().rstrip("\x00")
    if "members" not in values:
        assert page.one('[name=members][value="li"]').has_attr("checked")
    assert roles(app) is None


def test_the_name_never_changes(app, admin, people):
    create(admin)
    page = admin.get("/projects/orders")
    assert page.one("#name").has_attr("readonly")
    fields = {"name": "other", "title": "订单", "members": "li"}
    refused = admin.post("/projects/orders", fields, status=422)
    assert refused.errors["name"] == "创建后不能修改。"
    admin.post("/projects/orders", fields | {"name": "orders"}, status=302)
    assert roles(app) == {"li": "member"}
    assert roles(app, "other") is None


def test_people_come_and_go(app, admin, people):
    create(admin, members=["li"], managers=["wang"])
    form = admin.get("/projects/orders").form(has="managers")
    page = form.fill(members=["zhao"], managers=["li"], title="新名称").send()
    assert page.path == "/projects/orders"
    assert page.h1 == "新名称 的成员"
    assert roles(app) == {"li": "manager", "zhao": "member"}


def test_nobody_leaves_who_is_named_in_the_flow(app, admin, people):
    create(admin, members=["li", "wang"])
    with app.app_context():
        project = db.session.scalar(db.select(Project).filter_by(name="orders"))
        step = FlowStep(position=1, kind=StepKind.EXECUTE)
        step.assignees = [FlowAssignee(member_id=people["li"].id)]
        db.session.add(Flow(project_id=project.id, steps=[step]))
        db.session.commit()
    form = admin.get("/projects/orders").form(has="managers")
    page = form.fill(members=["wang"], title="typed").send(422)
    assert page.errors == {
        "members": "李四 是审批流程第 1 步的处理人，请先在「审批流程模板」中换人。"
    }
    assert page.one("[name=title]")["value"] == "typed"
    assert roles(app) == {"li": "member", "wang": "member"}


def test_a_disabled_member_stays_listed_but_cannot_be_added(app, admin, people):
    create(admin, members=["li"])
    with app.app_context():
        db.session.execute(
            db.update(Member).where(Member.username != "admin").values(is_enabled=False)
        )
        db.session.commit()
    form = admin.get("/projects/orders").form(has="managers")
    assert form.send().path == "/projects/orders"
    page = admin.post("/projects/orders", {"title": "x", "members": "wang"}, status=422)
    assert list(page.errors) == ["members"]
    assert roles(app) == {"li": "member"}


def test_who_sees_and_edits_what(app, admin, people, sign_in):
    create(admin, members=["li"], managers=["wang"])
    member, manager, stranger = sign_in("li"), sign_in("wang"), sign_in("zhao")
    page = member.get("/projects/orders")
    assert not page.select("[name=members]")
    assert "王五" in page.text
    member.post("/projects/orders", {"title": "x"}, status=403)
    fields = {"title": "改名", "members": "li", "managers": "wang"}
    assert manager.post("/projects/orders", fields).h1 == "改名 的成员"
    for visitor in (member, manager):
        visitor.get("/projects/new", status=403)
        visitor.post("/projects/new", {"name": "x", "title": "x"}, status=403)
    stranger.get("/projects/orders", status=404)
    stranger.post("/projects/orders", {"title": "x"}, status=404)
    assert "orders" not in stranger.get("/projects").text
    assert "orders" in member.get("/projects").text
    admin.get("/projects/nothing", status=404)


def test_the_default_project_is_made_once(context):
    first = projects.ensure_default()
    db.session.commit()
    assert first.name == "default"
    assert projects.ensure_default().id == first.id


def switches(app):
    with app.app_context():
        project = db.session.scalar(db.select(Project).filter_by(name="orders"))
        return project.im_execute, project.confirm_schedule


def test_a_new_project_may_be_put_online_from_the_phone_and_runs_schedules_unasked(app, admin):
    form = admin.get("/projects/new").form(has="managers")
    assert form.values["im_execute"]
    assert "confirm_schedule" not in form.values
    create(admin)
    assert switches(app) == (True, False)
    page = admin.get("/projects/orders")
    assert "允许：执行人可以在钉钉或飞书中同意上线" in page.text
    assert "到时间自动执行" in page.text


def test_the_switches_are_kept_and_recorded(app, admin):
    create(admin, im_execute=False, confirm_schedule=True)
    assert switches(app) == (False, True)
    form = admin.get("/projects/orders").form(has="managers")
    assert "im_execute" not in form.values
    assert form.values["confirm_schedule"]
    page = form.fill(im_execute=True, confirm_schedule=False).send()
    assert switches(app) == (True, False)
    assert "到时间自动执行" in page.text
    with app.app_context():
        query = db.select(OperationRecord.details).where(
            OperationRecord.subject == "project:orders"
        )
        found = [
            (one["im_execute"], one["confirm_schedule"])
            for one in db.session.scalars(query.order_by(OperationRecord.id))
        ]
        assert found == [(False, True), (True, False)]
    text = admin.get("/settings/records").text
    assert "允许在 IM 中上线： 是" in text
    assert "定时上线前再次确认： 否" in text


def test_a_post_without_the_switches_turns_them_off(app, admin):
    create(admin, confirm_schedule=True)
    admin.post("/projects/orders", {"title": "x"})
    assert switches(app) == (False, False)


def test_a_refused_form_keeps_the_switches_as_typed(admin):
    page = create(admin, 422, title="", im_execute=False, confirm_schedule=True)
    assert not page.one("[name=im_execute]").has_attr("checked")
    assert page.one("[name=confirm_schedule]").has_attr("checked")


def test_members_read_the_switches(admin, people, sign_in):
    create(admin, members=["li"], im_execute=False, confirm_schedule=True)
    page = sign_in("li").get("/projects/orders")
    assert "不允许：执行人在本系统中上线" in page.text
    assert "到时间后再次询问执行人" in page.text
    assert not page.select("[name=im_execute]")
