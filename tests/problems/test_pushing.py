"""The push button: all that were ticked, each once, with the errors beside their fields."""

import pytest

from portal.extensions import db
from portal.models import Delivery, IssueState
from tests.problems.conftest import LIST


@pytest.fixture
def ids(problems) -> list[int]:
    problems.switch_on()
    return problems.add(*(f"DELETE FROM t{number}" for number in range(5)))


def press(visitor, answer=302, path=LIST, **values):
    values = {name: [str(id) for id in value] if name == "ids" else value
              for name, value in values.items()}  # fmt: skip
    return visitor.get(path).form(has="ids").fill(**values).send(answer, "推送到 Coding")


def test_every_ticked_one_is_pushed(shop, problems, ids):
    page = press(shop.sign_in("onlooker"), ids=ids[:3], coding_project="order-system")
    assert page.flashes == [("success", "已加入推送队列 3 条。")]
    found = problems.issues()
    assert [one.problem_id for one in found] == ids[2::-1]
    assert {one.project_name for one in found} == {"order-system"}
    assert "已推送 0，失败 0，等待 3，共 3 条" in page.one("#push-progress").get_text()
    assert page.one("#push-progress")["data-refresh"]
    assert len(page.select("td[data-refresh]")) == 3
    with shop.app.app_context():
        assert db.session.query(Delivery).count() == 3
    problems.settle(ids[0], state=IssueState.CREATED, number="12", url="https://c.example/12")
    problems.settle(ids[1], state=IssueState.CREATED, number="13", url="javascript:alert(1)")
    why = {"failure": "没有权限", "failure_code": "403", "cure": "授权"}
    problems.settle(ids[2], state=IssueState.FAILED, **why)
    page = page.visitor.get(page.path)
    assert "已推送 2，失败 1，等待 0" in page.one("#push-progress").get_text()
    assert not page.select("[data-refresh]")
    link = page.one(f'tr[data-problem="{ids[0]}"][data-issue="12"] a[target="_blank"]')
    assert (link["href"], link["rel"]) == ("https://c.example/12", ["noopener"])
    assert page.one(f'tr[data-problem="{ids[1]}"]')["data-issue"] == "13"
    failed = page.one(f'tr[data-problem="{ids[2]}"]')
    for words in ("没有权限", "403", "授权"):
        assert words in failed.get_text()
    assert failed.select_one(f'button[formaction="{LIST}/{ids[2]}/retry"]')


def test_a_second_push_links_and_does_not_repeat(shop, problems, ids):
    visitor = shop.sign_in("lead")
    press(visitor, ids=ids[:2])
    problems.settle(ids[0], state=IssueState.CREATED, number="12")
    page = press(visitor, ids=ids[:3])
    (flash,) = page.flashes
    assert "已加入推送队列 1 条" in flash[1]
    assert "1 条之前已经推送" in flash[1]
    assert "1 条正在推送中" in flash[1]
    page = press(visitor, ids=ids[:1])
    assert page.flashes[0][0] == "info"
    assert not page.select("#push-progress")
    assert len(problems.issues()) == 3


def test_all_that_match_the_filters_are_pushed_at_once(shop, problems):
    problems.switch_on()
    problems.add(*(f"DELETE FROM t{number}" for number in range(120)))
    problems.add("SELECT *", level="notice")
    page = press(shop.sign_in("lead"), path=f"{LIST}?level=error", every=True)
    assert page.flashes[0][1] == "已加入推送队列 120 条。"
    assert "level=error" in page.path
    assert len(problems.issues()) == 120


def test_more_than_a_thousand_are_refused(shop, problems):
    problems.switch_on()
    problems.add(*(f"DELETE FROM t{number}" for number in range(1001)))
    visitor = shop.sign_in("lead")
    page = visitor.get(LIST)
    assert not page.select("[name=every]")
    refused = visitor.post(f"{LIST}/push", {"every": "y", "type": "DEFECT"}, 422)
    assert "1000" in refused.errors["form"]
    assert problems.issues() == []


def test_nothing_ticked_gets_a_sentence(shop, problems, ids):
    page = press(shop.sign_in("lead"), 422)
    assert page.errors == {"form": "请先勾选要处理的问题 SQL。"}
    assert problems.issues() == []


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"coding_project": ""}, "coding_project"),
        ({"coding_project": "a b"}, "coding_project"),
        ({"coding_project": "x" * 300}, "coding_project"),
        ({"type": "SUB_TASK"}, "parent"),
        ({"type": "EVIL"}, "type"),
        ({"priority": "EVIL"}, "priority"),
        ({"parent": "x"}, "parent"),
        ({"parent": "0"}, "parent"),
        ({"parent": "9" * 20}, "parent"),
        ({"assignee": "stranger"}, "assignee"),
    ],
)
def test_a_refused_press_keeps_what_was_typed(shop, problems, ids, values, field):
    page = press(shop.sign_in("lead"), 422, ids=ids[:2], **({"priority": "HIGH"} | values))
    assert list(page.errors) == [field]
    ticked = {int(one["value"]) for one in page.select("[name=ids][checked]")}
    assert ticked == set(ids[:2])
    if "priority" not in values:
        assert page.one('select[name="priority"] option[selected]')["value"] == "HIGH"
    if field == "coding_project":
        assert page.one("[name=coding_project]")["value"] == values["coding_project"]
    assert problems.issues() == []


def test_those_ticked_on_another_page_stay_ticked(shop, problems, ids):
    visitor = shop.sign_in("lead")
    fields = {"ids": ids, "type": "SUB_TASK", "coding_project": "a"}
    page = visitor.post(f"{LIST}/push?before={ids[2]}", fields, 422)
    assert {int(id) for id in page.form(has="ids").values.getlist("ids")} == set(ids)
    assert len(page.select("[name=ids][type=hidden]")) == 3


def test_a_sub_task_has_its_parent_and_the_chosen_assignee(shop, problems, ids):
    values = {"type": "SUB_TASK", "parent": "#12", "assignee": "dba", "priority": "EMERGENCY"}
    press(shop.sign_in("lead"), ids=ids[:1], **values)
    (issue,) = problems.issues()
    assert (issue.kind, issue.parent, issue.priority) == ("SUB_TASK", 12, "EMERGENCY")
    with shop.app.app_context():
        dba = shop.member("dba").id
    assert issue.assignee_id == dba
    assert problems.all()[0].assignee_id == dba


def test_the_own_assignee_and_the_level_decide_where_nothing_was_chosen(shop, problems, ids):
    with shop.app.app_context():
        lead = shop.member("lead").id
    problems.change(ids[0], assignee_id=lead)
    press(shop.sign_in("lead"), ids=ids[:2])
    found = {one.problem_id: one for one in problems.issues()}
    assert [found[id].assignee_id for id in ids[:2]] == [lead, None]
    assert found[ids[0]].priority == "HIGH"


def test_nobody_is_a_choice(shop, problems, ids):
    with shop.app.app_context():
        lead = shop.member("lead").id
    problems.change(ids[0], assignee_id=lead)
    press(shop.sign_in("lead"), ids=ids[:1], assignee="-")
    assert [one.assignee_id for one in problems.issues()] == [None]


def test_the_projects_own_coding_project_is_proposed(shop, problems, ids):
    with shop.app.app_context():
        shop.project().coding_project = "order-system"
        db.session.commit()
    visitor = shop.sign_in("lead")
    assert visitor.get(LIST).form(has="ids").values["coding_project"] == "order-system"
    detail = visitor.get(f"{LIST}/{ids[0]}").form(has="coding_project")
    assert detail.values["coding_project"] == "order-system"
    assert detail.send().flashes == [("success", "已加入推送队列 1 条。")]


def test_without_coding_the_button_is_off_and_the_rest_works(shop, problems):
    (only,) = problems.add("DELETE FROM a")
    page = shop.sign_in("lead").get(LIST)
    assert page.one(".problem-acts .btn-primary").has_attr("disabled")
    assert "还没有启用 CODING 对接" in page.text
    assert not page.select('main a[href="/settings/integrations"]')
    assert shop.sign_in("boss").get(LIST).select('main a[href="/settings/integrations"]')
    refused = press(shop.sign_in("lead"), 422, ids=[only])
    assert "还没有启用 CODING 对接" in refused.errors["form"]
    detail = shop.sign_in("lead").get(f"{LIST}/{only}")
    assert "还没有启用 CODING 对接" in detail.text
    assert not detail.select("[name=coding_project]")


def test_a_failed_one_is_tried_again(shop, problems, ids):
    visitor = shop.sign_in("lead")
    press(visitor, ids=ids[:1])
    page = visitor.post(f"{LIST}/{ids[0]}/retry", {})
    assert page.flashes[0][0] == "error"
    with shop.app.app_context():
        db.session.query(Delivery).update({"state": "failed"})
        db.session.commit()
    problems.settle(ids[0], state=IssueState.FAILED, failure="不通")
    page = visitor.get(LIST).form(has="ids").send(302, "重试")
    assert page.flashes == [("success", "已放回发送队列。")]
    assert page.path == LIST
    assert [one.state for one in problems.issues()] == ["queued"]
    page = visitor.get(f"{LIST}/{ids[0]}")
    assert page.select("#issue[data-refresh]")
    visitor.post(f"{LIST}/{ids[1]}/retry", {})
    visitor.post(f"{LIST}/999/retry", {}, 404)


def test_problems_of_other_projects_are_left_aside(shop, problems, ids):
    boss = shop.sign_in("boss")
    foreign = "/projects/default/problems"
    fields = {"ids": ids, "type": "DEFECT", "coding_project": "a", "status": "solved"}
    for act in ("push", "status"):
        page = boss.post(f"{foreign}/{act}", fields, 422)
        assert "请先勾选" in page.errors["form"]
    for path in (f"{foreign}/{ids[0]}", f"{foreign}/{ids[0]}/retry"):
        boss.post(path, {"status": "solved"}, 404)
    assert problems.issues() == []
    assert {one.status for one in problems.all()} == {"unhandled"}


def test_strangers_can_do_nothing(shop, problems, ids):
    stranger = shop.sign_in("stranger")
    for act in ("push", "status", "upload", f"{ids[0]}", f"{ids[0]}/retry"):
        stranger.post(f"{LIST}/{act}", {"ids": ids, "status": "solved"}, 404)


@pytest.mark.parametrize("ids", [["x", "-1", "9" * 30, "٣", "1.5", "\x00"], ["0"], [""]])
def test_odd_ids_are_left_aside(shop, problems, ids):
    problems.switch_on()
    problems.add("DELETE FROM a")
    visitor = shop.sign_in("lead")
    fields = {"ids": ids, "type": "DEFECT", "coding_project": "a"}
    assert "请先勾选" in visitor.post(f"{LIST}/push", fields, 422).errors["form"]


def test_a_push_is_recorded_once(shop, problems, ids):
    press(shop.sign_in("lead"), ids=ids, assignee="dba")
    (record,) = problems.records("issues_pushed")
    assert record.details["count"] == 5
    (changed,) = problems.records("problems_changed")
    assert changed.details["count"] == 5
    assert "处理人： dba" in shop.sign_in("boss").get("/settings/records").text
