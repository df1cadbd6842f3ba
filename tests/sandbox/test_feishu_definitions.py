"""Feishu's approval definitions: what is well made, how they read, what a console changes."""

import copy
import json

import pytest

from .feishu_caller import TEXTS, WIDGETS, definition_body, node, texts

PATH = "approval/v4/approvals"


def create(feishu, body) -> int:
    return feishu.api("POST", PATH, body).json()["code"]


def changed(path, value) -> dict:
    """The good body with one place changed; ... drops it."""
    body = definition_body()
    place = body
    for step in path[:-1]:
        place = place[step]
    if value is ...:
        del place[path[-1]]
    else:
        place[path[-1]] = value
    return body


def with_widget(path, value) -> dict:
    widgets = copy.deepcopy(WIDGETS)
    place = widgets
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = value
    return definition_body(widgets=widgets)


def test_reading_names_things_otherwise_than_creating(feishu):
    read = feishu.data("GET", f"{PATH}/{feishu.definition()}")
    assert (read["approval_name"], read["status"]) == ("SQL 工单", "ACTIVE")
    form = json.loads(read["form"])
    assert [(one["id"], one["name"], one.get("custom_id")) for one in form] == [
        ("title", "工单名称", None), ("detail", "工单描述", "own_detail"),
        ("kind", "类型", None), ("rows", "审核结果", None)]
    assert form[2]["option"] == [{"value": "k0", "text": "上线"}]
    assert [child["name"] for child in form[3]["children"]] == ["数据源", "审核得分"]
    asked, end, start = read["node_list"]
    assert (asked["need_approver"], asked["custom_node_id"], asked["node_type"]) == (
        True, "approve", "OR")
    assert asked["approver_chosen_multi"] is True
    assert len(asked["node_id"]) == 32
    assert not any("approver" in one or "custom_node_id" in one for one in (end, start))


def test_names_need_not_be_unique_so_every_create_makes_another(feishu):
    assert feishu.definition() != feishu.definition()
    assert len(feishu.control("templates").json()["templates"]) == 2


def test_an_overwrite_is_total_and_keeps_the_code(feishu):
    code = feishu.definition()
    body = definition_body(node("other", "AND"), widgets=WIDGETS[:1], approval_code=code)
    answer = feishu.data("POST", PATH, body)
    assert answer["approval_code"] == code
    read = feishu.data("GET", f"{PATH}/{code}")
    assert [one["id"] for one in json.loads(read["form"])] == ["title"]
    assert read["node_list"][0]["custom_node_id"] == "other"
    assert len(feishu.control("templates").json()["templates"]) == 1


def test_unset_members_take_the_value_that_hurts(feishu):
    bare = {"id": "approve", "name": "@i18n@node_name", "approver": [{"type": "Free"}]}
    code = feishu.definition(bare)
    read = feishu.data("GET", f"{PATH}/{code}")["node_list"][0]
    assert (read["node_type"], read["approver_chosen_multi"]) == ("AND", False)


@pytest.mark.parametrize(("body", "code"), [
    (changed(["approval_name"], ...), 99992402), (changed(["viewers"], ...), 99992402),
    (changed(["form"], ...), 99992402), (changed(["form", "form_content"], ""), 99992402),
    (changed(["node_list"], ...), 99992402), (changed(["i18n_resources"], ...), 99992402),
    (changed(["viewers"], []), 99992402),
    (changed(["viewers"], [{"viewer_type": "NONE"}] * 201), 99992402),
    (changed(["node_list", 1, "id"], ""), 99992402),
    (changed(["process_manager_ids"], ["ou_x"] * 201), 99992402),
    (changed(["config"], {"can_update_form": True}), 99992402),
    (changed(["form", "form_content"], WIDGETS), 9499), (changed(["form"], "[]"), 9499),
    (changed(["i18n_resources", 0, "is_default"], "true"), 9499),
    (changed(["i18n_resources", 0, "texts"], TEXTS), 9499),
    (changed(["node_list", 1, "approver_chosen_multi"], "true"), 9499),
    (changed(["settings", "revert_interval"], "0"), 9499), (changed(["icon"], True), 9499),
    (changed(["approval_name"], "SQL 工单"), 1390001),
    (changed(["approval_name"], "@i18n@ab"), 1390001),
    (changed(["approval_name"], "@i18n@unheard"), 1390001),
    (changed(["description"], "text"), 1390001),
    (changed(["viewers"], [{"viewer_type": "EVERYBODY"}]), 1390001),
    (changed(["i18n_resources", 0, "locale"], "de-DE"), 1390001),
    (changed(["i18n_resources", 0, "is_default"], False), 1390001),
    (changed(["i18n_resources"], texts() * 2), 1390001),
    (changed(["settings", "revert_interval"], -1), 1390001),
    (changed(["settings", "reject_option"], 2), 1390001), (changed(["icon"], 25), 1390001),
    (changed(["node_list", 0], {"id": "BEGIN"}), 1390001),
    (changed(["node_list", 2], {"id": "STOP"}), 1390001),
    (changed(["node_list", 0], {"id": "START", "name": "@i18n@node_name"}), 1390001),
    (changed(["node_list"], [{"id": "START"}]), 1390001),
    (definition_body(node(), node()), 1390001),
    (changed(["node_list", 1, "name"], "审批"), 1390001),
    (changed(["node_list", 1, "node_type"], "ANY"), 1390001),
    (changed(["node_list", 1, "starter_assignee"], "NOBODY"), 1390001),
    (changed(["node_list", 1, "approver"], [{"type": "Anybody"}]), 1390001),
    (changed(["node_list", 1, "approver"], [{"type": "Supervisor"}]), 1390001),
    (changed(["node_list", 1, "approver"], [{"type": "Personal"}]), 1390004),
    (changed(["node_list", 1, "approver"], [{"type": "Personal", "user_id": "ou_x"}]), 1390004),
    (changed(["node_list", 1, "ccer"], [{"type": "Free"}]), 1390001),
    (changed(["node_list", 1, "privilege_field"], {"writable": ["x"], "readable": []}), 1390001),
    (changed(["node_list", 1, "approver_chosen_range"], [{"type": "SOME"}]), 1390001),
    (definition_body(node(kind="SEQUENTIAL", approver=[{"type": "Supervisor", "level": "1"}])),
     1390001),
    (changed(["approval_code"], "unheard"), 1390002),
], ids=str)
def test_a_definition_that_is_not_well_made_is_refused(feishu, body, code):
    assert create(feishu, body) == code
    assert feishu.control("templates").json()["templates"] == []


@pytest.mark.parametrize(("body", "named"), [
    (with_widget([1, "id"], "title"), "title"), (with_widget([3, "value", 0, "id"], "title"),
                                                 "title"),
    (with_widget([0, "id"], ""), ""), (with_widget([0, "id"], 1), "1"),
    (with_widget([1, "custom_id"], "title"), "detail"),
    (with_widget([0, "type"], "formula"), "title"), (with_widget([0, "required"], None), "title"),
    (with_widget([0, "required"], "true"), "title"),
    (with_widget([0, "name"], "工单名称"), "title"),
    (with_widget([0, "name"], "@i18n@w_unheard"), "title"),
    (with_widget([2, "value"], []), "kind"), (with_widget([2, "value", 0, "text"], "上线"), "kind"),
    (with_widget([2, "value"], WIDGETS[2]["value"] * 2), "kind"),
    (with_widget([3, "value"], []), "rows"), (with_widget([3, "value"], None), "rows"),
    (with_widget([3, "option"], {"inputType": "TABLE"}), "rows"),
    (with_widget([3, "value", 0, "type"], "fieldList"), "r_db"),
    (definition_body(widgets=["title"]), "None"),
], ids=lambda value: str(value)[-60:])
def test_a_bad_widget_is_named(feishu, body, named):
    answer = feishu.api("POST", PATH, body)
    assert (answer.status_code, answer.json()["code"]) == (400, 1390001)
    assert f"控件={named}" in answer.json()["msg"]


@pytest.mark.parametrize("content", ["", "text", "{}", "[]", "[" * 100_000, '["\\ud800"]', "NaN"])
def test_form_content_is_an_array_written_as_text(feishu, content):
    body = definition_body() | {"form": {"form_content": content}}
    assert create(feishu, body) in (1390001, 99992402)


def test_an_error_names_the_fields(feishu):
    error = feishu.api("POST", PATH, changed(["viewers"], ...)).json()["error"]
    assert error["field_violations"] == [
        {"field": "viewers", "value": "", "description": "viewers is required"}]
    message = feishu.api("POST", PATH, changed(["icon"], "5")).json()["msg"]
    assert message.startswith("Invalid parameter type in json: icon. Invalid parameter value: ")


def test_unknown_and_deleted_definitions_are_not_read(feishu):
    assert feishu.code("GET", f"{PATH}/unheard") == 1390002
    code = feishu.definition()
    feishu.control(f"templates/{code}", {"deleted": True})
    assert feishu.code("GET", f"{PATH}/{code}") == 1390016
    assert create(feishu, definition_body(approval_code=code)) == 1390002


def test_what_an_admin_does_in_the_console_shows_in_the_definition(feishu):
    code = feishu.definition()
    answer = feishu.control(f"templates/{code}", {
        "status": "INACTIVE", "rename": {"工单名称": "名称", "数据源": "库"}, "name": "改名"})
    assert (answer.json()["provider"], answer.json()["process_code"]) == ("feishu", code)
    read = feishu.data("GET", f"{PATH}/{code}")
    form = json.loads(read["form"])
    assert (read["status"], read["approval_name"], form[0]["name"]) == ("INACTIVE", "改名", "名称")
    assert form[3]["children"][0]["name"] == "库"
    assert feishu.control(f"templates/{code}", {"status": "INVALID"}).status_code == 400


def test_another_app_of_the_tenant_may_overwrite_it(feishu):
    code = feishu.definition()
    feishu.control("apps", {"provider": "feishu", "app_key": "cli_two", "app_secret": "s"})
    answer = feishu.api("POST", PATH, definition_body(approval_code=code),
                        token=feishu.token("cli_two", "s"))
    assert answer.json()["data"]["approval_code"] == code


def test_a_definition_is_subscribed_and_unsubscribed_once(feishu):
    code = feishu.definition()
    assert feishu.code("POST", f"{PATH}/{code}/unsubscribe") == 1390007
    feishu.data("POST", f"{PATH}/{code}/subscribe")
    assert feishu.code("POST", f"{PATH}/{code}/subscribe") == 1390007
    feishu.data("POST", f"{PATH}/{code}/unsubscribe")
    assert feishu.code("POST", f"{PATH}/unheard/subscribe") == 1390002
