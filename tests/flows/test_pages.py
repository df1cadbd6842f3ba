"""审批流程模板: what is shown, what is kept, what is refused."""

from __future__ import annotations

import pytest
from werkzeug.datastructures import MultiDict

from portal.extensions import db
from portal.models import Flow, Member, OperationRecord, Project, ProjectMember, ProjectRole

PATH = "/projects/orders/flow"
NAMES = ("li", "wang", "zhao", "qian")


@pytest.fixture(autouse=True)
def project(app, make_member):
    people = [make_member(name, name=name.upper()) for name in (*NAMES, "boss", "stranger")]
    with app.app_context():
        entries = [ProjectMember(member_id=person.id) for person in people[:4]]
        entries.append(ProjectMember(member_id=people[4].id, role=ProjectRole.MANAGER))
        db.session.add(Project(name="orders", title="订单系统", memberships=entries))
        db.session.commit()


@pytest.fixture
def manager(sign_in):
    return sign_in("boss")


def steps(app):
    with app.app_context():
        flow = db.session.scalar(db.select(Flow).join(Project, Project.id == Flow.project_id))
        return flow and [
            (step.position, step.kind.value, [a.member.username for a in step.assignees])
            for step in flow.steps
        ]


def send(manager, status=302, **values):
    named = {key.replace("_", "-"): value for key, value in values.items() if key != "max_level"}
    form = manager.get(PATH).form(has="max_level").fill(**named)
    if "max_level" in values:
        form.fill(max_level=values["max_level"])
    return form.send(status)


def test_without_a_flow_the_page_says_what_to_do(manager, sign_in):
    page = manager.get(PATH)
    assert page.h1 == "审批流程模板"
    assert "还没有审批流程" in page.text
    assert page.one(".edit-part").has_attr("open")
    assert "项目管理员设置之后" in sign_in("li").get(PATH).text


def test_five_rows_are_shown_and_the_fifth_executes(manager):
    page = manager.get(PATH)
    for number in range(5):
        kinds = [o["value"] for o in page.one(f"[name=steps-{number}-kind]").select("option")]
        assert kinds == (["execute"] if number == 4 else ["audit"])
        assert page.one(f"[name=steps-{number}-description]")
        offered = {tag["value"] for tag in page.select(f"[name=steps-{number}-assignees]")}
        assert offered == {*NAMES, "boss"}


def test_empty_audit_rows_are_dropped(app, manager):
    page = send(
        manager,
        steps_0_assignees=["li", "wang"],
        steps_2_assignees=["zhao"],
        steps_2_description="  DBA 复核 ",
        steps_4_assignees=["qian"],
        max_level="warn",
    )
    assert page.flashes == [("success", "审批流程已保存。")]
    assert steps(app) == [
        (1, "audit", ["li", "wang"]),
        (2, "audit", ["zhao"]),
        (3, "execute", ["qian"]),
    ]
    assert "DBA 复核" in page.text
    assert "告警(Warning)" in page.text
    assert [tag["data-kind"] for tag in page.select("[data-flow-step]")] == [
        "audit", "audit", "execute",
    ]  # fmt: skip
    with app.app_context():
        record = db.session.scalars(
            db.select(OperationRecord).filter_by(action="flow_changed")
        ).one()
        assert record.details["max_level"] == "warn"
        assert record.details["steps"][2] == {"kind": "execute", "assignees": ["qian"]}


def test_the_saved_flow_fills_the_form_with_its_execute_step_last(app, manager):
    send(manager, steps_0_assignees=["li"], steps_4_assignees=["qian"])
    form = manager.get(PATH).form(has="max_level")
    assert form.values.getlist("steps-0-assignees") == ["li"]
    assert form.values.getlist("steps-1-assignees") == []
    assert form.values.getlist("steps-4-assignees") == ["qian"]
    form.send()
    assert steps(app) == [(1, "audit", ["li"]), (2, "execute", ["qian"])]


def test_a_flow_may_have_no_audit_step_and_at_most_four(app, manager):
    send(manager, steps_4_assignees=["qian"])
    assert steps(app) == [(1, "execute", ["qian"])]
    four = {f"steps_{number}_assignees": ["li"] for number in range(4)}
    send(manager, steps_4_assignees=["li", "wang", "zhao"], **four)
    assert len(steps(app)) == 5


@pytest.mark.parametrize(
    "rows",
    [
        [("steps-0-assignees", "qian")],
        [("steps-0-kind", "execute"), ("steps-0-assignees", "qian")],
        [("steps-0-kind", "audit"), ("steps-1-kind", "execute"), ("steps-1-assignees", "qian")],
        [("steps-3-assignees", "qian"), ("steps-3-description", "")],
        [
            ("steps-0-assignees", "qian"),
            ("steps-0-kind", "execute"),
            ("steps-4-kind", "audit"),
            ("steps-4-description", ""),
        ],
    ],
)
def test_a_client_may_post_fewer_rows(app, manager, rows):
    manager.post(PATH, MultiDict([*rows, ("max_level", "error")]))
    assert steps(app) == [(1, "execute", ["qian"])]


def test_rows_with_a_gap_keep_their_order(app, manager):
    rows = [("steps-3-assignees", "zhao"), ("steps-4-assignees", "qian"),
            ("steps-1-assignees", "li"), ("steps-1-assignees", "wang")]  # fmt: skip
    manager.post(PATH, MultiDict(rows))
    assert [names for _p, _k, names in steps(app)] == [["li", "wang"], ["zhao"], ["qian"]]


@pytest.mark.parametrize(
    ("rows", "fields"),
    [
        ([], ["steps-4-assignees"]),
        ([("steps-4-kind", "execute")], ["steps-4-assignees"]),
        (
            [("steps-0-assignees", "li"), ("steps-1-kind", "execute")],
            ["steps-1-assignees"],
        ),
        (
            [
                ("steps-0-kind", "execute"),
                ("steps-0-assignees", "li"),
                ("steps-1-kind", "execute"),
                ("steps-1-assignees", "li"),
            ],
            ["steps-0-assignees"],
        ),
        (
            [("steps-0-kind", "execute"), ("steps-0-assignees", "li"),
             ("steps-1-kind", "audit"), ("steps-1-assignees", "li")],
            ["steps-0-assignees", "steps-1-assignees"],
        ),
        (
            [("steps-0-description", "only text"), ("steps-1-assignees", "li")],
            ["steps-0-assignees"],
        ),
        ([("steps-0-assignees", name) for name in NAMES], ["steps-0-assignees"]),
        ([("steps-0-assignees", "stranger")], ["steps-0-assignees"]),
        ([("steps-0-assignees", "nobody")], ["steps-0-assignees"]),
        ([("steps-0-assignees", "a\x00b")], ["steps-0-assignees"]),
        (
            [("steps-0-assignees", "stranger"), ("steps-1-assignees", "admin")],
            ["steps-0-assignees", "steps-1-assignees"],
        ),
        ([("steps-0-assignees", "li"), ("steps-0-kind", "dance")], ["steps-0-kind"]),
        (
            [("steps-0-assignees", "li"), ("steps-0-description", "x" * 256)],
            ["steps-0-description"],
        ),
        ([("steps-0-assignees", "li"), ("max_level", "fatal")], ["max_level"]),
        ([("steps-0-assignees", "li"), ("steps-5-assignees", "wang")], ["form"]),
    ],
)  # fmt: skip
def test_what_is_refused_is_said_beside_its_row(app, manager, rows, fields):
    page = manager.post(PATH, MultiDict(rows), status=422)
    assert list(page.errors) == fields
    assert steps(app) is None
    for name, value in rows:
        if name.endswith("assignees") and name != "steps-5-assignees" and "\x00" not in value:
            assert page.one(f'[name="{name}"][value="{value}"]').has_attr("checked")
        if name.endswith("description"):
            assert page.one(f'[name="{name}"]')["value"] == value


def test_a_disabled_member_is_no_assignee(app, manager):
    with app.app_context():
        db.session.execute(db.update(Member).filter_by(username="li").values(is_enabled=False))
        db.session.commit()
    page = manager.post(PATH, {"steps-0-assignees": "li"}, status=422)
    assert "li 不是本项目的启用成员" in page.errors["steps-0-assignees"]


def test_the_same_person_twice_counts_once(app, manager):
    manager.post(PATH, MultiDict([("steps-0-assignees", "li")] * 4))
    assert steps(app) == [(1, "execute", ["li"])]


def test_members_read_strangers_do_not_even_see(app, manager, sign_in, visitor, admin):
    send(manager, steps_4_assignees=["qian"])
    member, stranger = sign_in("li"), sign_in("stranger")
    page = member.get(PATH)
    assert "QIAN" in page.text
    assert not page.select("[name=max_level]")
    member.post(PATH, {"steps-0-assignees": "li"}, status=403)
    stranger.get(PATH, status=404)
    stranger.post(PATH, {"steps-0-assignees": "li"}, status=404)
    assert visitor.get(PATH).path.startswith("/login")
    admin.post(PATH, {"steps-0-assignees": "li"})
    assert steps(app) == [(1, "execute", ["li"])]
