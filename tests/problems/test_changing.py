"""Status, assignee and remark: of many at once, and on a problem's own page."""

import pytest

from portal.extensions import db
from portal.models import Member
from tests.problems.conftest import LIST


@pytest.fixture
def ids(problems) -> list[int]:
    return problems.add("DELETE FROM a", "DELETE FROM b", "DELETE FROM c")


def press(visitor, answer=302, **values):
    form = visitor.get(LIST).form(has="ids").fill(**values)
    return form.send(answer, "更新状态和处理人")


def test_those_that_were_ticked_are_changed_at_once(shop, problems, ids):
    chosen = [str(id) for id in ids[:2]]
    page = press(shop.sign_in("onlooker"), ids=chosen, status="solved", assignee="dba")
    assert page.flashes == [("success", "选中 2 条，已更新 2 条。")]
    assert [one.status for one in problems.all()] == ["solved", "solved", "unhandled"]
    (record,) = problems.records("problems_changed")
    assert record.details["count"] == 2
    assert record.subject == "problem:pay"
    page = shop.sign_in("boss").get("/settings/records")
    assert "状态： 已解决" in page.text
    again = press(shop.sign_in("onlooker"), ids=chosen, status="solved")
    assert again.flashes == [("success", "选中 2 条，已更新 0 条。")]
    assert len(problems.records("problems_changed")) == 1


def test_nobody_is_assigned_by_a_dash(shop, problems, ids):
    visitor = shop.sign_in("lead")
    press(visitor, every=True, assignee="dba")
    press(visitor, ids=[str(ids[0])], assignee="-")
    assert [one.assignee_id is None for one in problems.all()] == [True, False, False]


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({}, "status"),
        ({"status": "evil"}, "status"),
        ({"assignee": "stranger"}, "assignee"),
        ({"status": "solved", "ids": []}, "form"),
    ],
)
def test_a_refused_press_says_why_and_keeps_the_ticks(shop, problems, ids, values, field):
    values = {"ids": [str(ids[0])], "coding_project": "typed here"} | values
    page = press(shop.sign_in("lead"), 422, **values)
    assert list(page.errors) == [field]
    assert [one["value"] for one in page.select("[name=ids][checked]")] == values["ids"]
    assert page.one("[name=coding_project]")["value"] == "typed here"
    assert {one.status for one in problems.all()} == {"unhandled"}


def test_one_problem_on_its_own_page(shop, problems, ids):
    shop.file("DELETE FROM customers")
    page = shop.sign_in("onlooker").get(f"{LIST}/4")
    assert page.h1 == "问题 SQL #4"
    assert page.one("pre").get_text() == "DELETE FROM customers"
    assert "没有 WHERE 条件" in page.text
    assert page.select('a[href="/projects/pay/tickets/1"]')
    assert page.one("[data-problem]")["data-issue"] == ""
    form = page.form(has="remark").fill(status="ignored", assignee="lead", remark=" 历史表\n ")
    page = form.send()
    assert page.flashes[0][0] == "success"
    row = problems.all()[-1]
    assert (row.status, row.remark) == ("ignored", "历史表")
    (record,) = problems.records("problems_changed")
    assert record.subject == "problem:pay/4"
    assert "历史表" in page.visitor.get(LIST).text


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"remark": "x" * 501}, "remark"),
        ({"remark": "x\x00"}, "remark"),
        ({"status": ""}, "status"),
        ({"assignee": "stranger"}, "assignee"),
    ],
)
def test_a_refused_change_keeps_what_was_typed(shop, problems, ids, values, field):
    form = shop.sign_in("lead").get(f"{LIST}/{ids[0]}").form(has="remark")
    page = form.fill(**({"remark": "我的备注"} | values)).send(422)
    assert list(page.errors) == [field]
    if "remark" not in values:
        assert "我的备注" in page.one("[name=remark]").get_text()
    assert problems.all()[0].remark == ""


def test_a_former_assignee_may_stay(shop, problems, ids):
    with shop.app.app_context():
        member = shop.member("onlooker")
        member.is_enabled = False
        db.session.commit()
        gone = member.id
    problems.change(ids[0], assignee_id=gone)
    form = shop.sign_in("lead").get(f"{LIST}/{ids[0]}").form(has="remark")
    assert form.values["assignee"] == "onlooker"
    form.fill(remark="看过").send()
    assert problems.all()[0].assignee_id == gone
    fields = {"status": "solved", "assignee": "onlooker"}
    page = form.page.visitor.post(f"{LIST}/{ids[1]}", fields, 422)
    assert list(page.errors) == ["assignee"]


def test_an_admin_can_be_given_a_problem(shop, problems, ids):
    press(shop.sign_in("lead"), ids=[str(ids[0])], assignee="boss")
    with shop.app.app_context():
        assert db.session.get(Member, problems.all()[0].assignee_id).username == "boss"


@pytest.mark.parametrize("id", [0, 99, 2**31 - 1, "9" * 20])
def test_no_such_problem(shop, id):
    shop.sign_in("lead").get(f"{LIST}/{id}", 404)


EVERY = {"every": "y", "type": "DEFECT", "coding_project": "a", "status": "solved"}


@pytest.mark.parametrize("act", ["push", "status"])
@pytest.mark.parametrize(
    "query",
    ["assignee=gone", "datasource=999", "level=x", "source=x", "push=x", "status=x",
     "keyword=%00", "keyword=" + "x" * 101],
)  # fmt: skip
def test_a_filter_that_is_not_understood_refuses_all_that_match(shop, problems, act, query):
    problems.switch_on()
    problems.add("DELETE FROM a", "DELETE FROM b")
    visitor = shop.sign_in("lead")
    page = visitor.get(f"{LIST}?{query}")
    assert not page.select("[name=every]")
    form = page.form(has="ids").tag
    action = form["action"] if act == "push" else form.select_one("[formaction]")["formaction"]
    assert "?" in action
    for _time in range(2):
        page = visitor.post(action, EVERY, 422)
        assert "已经失效" in page.errors["form"]
        action = page.form(has="ids").tag["action"].replace("/push?", f"/{act}?")
    assert problems.issues() == []
    assert {one.status for one in problems.all()} == {"unhandled"}


@pytest.mark.parametrize("act", ["push", "status"])
def test_more_than_were_shown_are_refused(shop, problems, act):
    problems.switch_on()
    problems.add("DELETE FROM a", "DELETE FROM b")
    visitor = shop.sign_in("lead")
    shown = visitor.get(LIST).form(has="ids").values["shown"]
    assert shown == "2"
    problems.add("DELETE FROM c")
    for said in (shown, "x"):
        page = visitor.post(f"{LIST}/{act}", EVERY | {"shown": said}, 422)
        assert "现在符合条件的有 3 条" in page.errors["form"]
    assert problems.issues() == []
    assert {one.status for one in problems.all()} == {"unhandled"}
    fresh = page.form(has="ids").values["shown"]
    visitor.post(f"{LIST}/{act}", EVERY | {"shown": fresh})
    assert len(problems.issues()) == (3 if act == "push" else 0)


def test_programs_need_not_say_what_was_shown(shop, problems):
    problems.add("DELETE FROM a", "DELETE FROM b")
    shop.sign_in("lead").post(f"{LIST}/status", EVERY)
    assert {one.status for one in problems.all()} == {"solved"}
