"""Starting a Feishu instance, and the reasons for which it is refused."""

import json
import time
import uuid

import pytest
import requests

from .feishu_caller import FORM, ROWS, listed, start, texts

PATH = "approval/v4/instances"


@pytest.fixture
def code(feishu) -> str:
    return feishu.definition()


def field(key="title", kind="input", value="t") -> dict:
    return {"id": key, "type": kind, "value": value}


def cells(*row) -> list:
    return [field("rows", "fieldList", [list(row)])]


def test_each_approver_gets_a_task(feishu, code):
    key = feishu.start(code, ("lisi", "wangwu"))
    detail = feishu.detail(key)
    assert (detail["status"], detail["end_time"], detail["reverted"]) == ("PENDING", "0", False)
    assert detail["open_id"] == feishu.who("zhangsan")
    assert [(t["open_id"], t["status"], t["type"], t["custom_node_id"], t["end_time"])
            for t in detail["task_list"]] == [
        (key, "PENDING", "OR", "approve", "0") for key in feishu.who("lisi", "wangwu")]
    assert [(one["type"], one["open_id"]) for one in detail["timeline"]] == [
        ("START", feishu.who("zhangsan"))]
    assert int(detail["start_time"]) > 1_600_000_000_000
    assert len(detail["task_list"][0]["id"]) == 19


def test_the_form_reads_back_with_names_and_texts(feishu, code):
    form = [FORM[0], field("own_detail", "textarea", '"],[{\\\n😀'), field("kind", "radioV2", "k0"),
            FORM[1]]
    key = feishu.start(code, form=form)
    read = json.loads(feishu.detail(key)["form"])
    assert [(one["id"], one["name"]) for one in read] == [
        ("title", "工单名称"), ("detail", "工单描述"), ("kind", "类型"), ("rows", "审核结果")]
    assert (read[1]["value"], read[1]["custom_id"]) == ('"],[{\\\n😀', "own_detail")
    assert read[2]["value"] == "上线"
    assert [cell["value"] for cell in read[3]["value"][0]] == ["db1", 90]
    shown = feishu.card(key)["form"]
    assert (shown["工单描述"], shown["类型"]) == ('"],[{\\\n😀', "上线")
    assert json.loads(shown["审核结果"]) == [
        [{"name": "数据源", "value": "db1"}, {"name": "审核得分", "value": "90"}]]


def test_a_uuid_starts_one_instance_in_the_whole_tenant(feishu, code):
    key = str(uuid.uuid4())
    first = start(feishu, code, uuid=key)
    feishu.control("apps", {"provider": "feishu", "app_key": "cli_two", "app_secret": "s"})
    for again in (key, key.upper()):
        answer = start(feishu, code, uuid=again, form=[field()])
        assert answer["code"] == 60012
        assert first["data"]["instance_code"] not in json.dumps(answer)
    other = feishu.token("cli_two", "s")
    theirs = feishu.data("POST", "contact/v3/users/batch_get_id", {"mobiles": ["13800000001"]},
                         token=other)["user_list"][0]["user_id"]
    body = feishu.start_body(code, uuid=key) | {"open_id": theirs}
    assert feishu.code("POST", PATH, body, token=other) == 60012
    assert feishu.control("cards").json()["total"] == 1


def test_a_lost_answer_is_found_again_by_its_uuid(feishu, code):
    key = feishu.start(code, uuid="P1-7-R1-S1-I1")
    for asked in ("P1-7-R1-S1-I1", "p1-7-r1-s1-i1", key):
        detail = feishu.detail(asked)
        assert (detail["instance_code"], detail["uuid"]) == (key, "P1-7-R1-S1-I1")
    assert feishu.code("GET", f"{PATH}/unheard") == 1390003


def test_a_refused_start_does_not_use_up_its_uuid(feishu, code):
    assert start(feishu, code, uuid="once", form=[field("unheard")])["code"] == 1390001
    assert start(feishu, code, uuid="once")["code"] == 0


def test_without_a_uuid_an_identical_request_within_a_second_makes_no_second_one(feishu, code):
    body = feishu.start_body(code)
    del body["uuid"]
    first, second = (feishu.data("POST", PATH, body)["instance_code"] for _ in range(2))
    assert first == second
    time.sleep(1.05)
    assert feishu.data("POST", PATH, body)["instance_code"] != first


@pytest.mark.parametrize(("form", "code", "named"), [
    ([field("unheard")], 1390001, "unheard"), ([field(), field()], 1390001, "title"),
    ([field(kind="textarea")], 1390001, "title"), ([{"id": "title", "value": "t"}], 1390001,
                                                   "title"),
    ([field("own_detail", "textarea"), field()], 1390001, "title"),  # not the definition's order
    ([FORM[1], FORM[0]], 1390001, "title"),
    (["title"], 1390001, "None"), ([field(None)], 1390001, "None"),
    ([field(value="")], 60006, "title"), ([field(value=None)], 60006, "title"),
    ([{"id": "title", "type": "input"}], 60006, "title"), ([field(value=5)], 60006, "title"),
    ([field("kind", "radioV2", "上线")], 60006, "kind"),  # the option's key is wanted
    ([field("rows", "fieldList", "[]")], 60006, "rows"),
    ([field("rows", "fieldList", [])], 60006, "rows"),
    ([field("rows", "fieldList", ROWS[0])], 1390001, "rows"),  # rows of cells, not cells
    ([field("rows", "fieldList", [[]])], 1390001, "rows"),
    (cells({"id": "r_db", "value": "db1"}), 1390001, "r_db"),  # 表单控件类型为空
    (cells(field("title")), 1390001, "title"), (cells(field("r_db", value="")), 60006, "r_db"),
    (cells(field("r_score", "number", 1), field("r_db")), 1390001, "r_db"),
    (cells(field("r_score", "number", "many")), 60006, "r_score"),
    (cells(field("r_score", "number", True)), 60006, "r_score"),
], ids=str)
def test_a_form_that_does_not_fit_is_refused_with_the_widget(feishu, code, form, named, request):
    wanted = request.node.callspec.params["code"]
    answer = start(feishu, feishu.definition(), form=form)
    assert answer["code"] == wanted
    assert f"控件={named}" in answer["msg"]
    assert feishu.control("cards").json()["total"] == 0


@pytest.mark.parametrize("text", ["text", "{}", "null", '["\\ud800"]', "[" * 100_000, "[NaN]"])
def test_a_form_is_an_array_written_as_text(feishu, code, text):
    assert start(feishu, code, **{"form": []})["code"] == 0  # nothing is sent, nothing is required
    body = feishu.start_body(code) | {"form": text}
    assert feishu.code("POST", PATH, body) == 1390001
    assert feishu.code("POST", PATH, body | {"form": FORM}) == 9499


ALL = [
    ("number", {}, 5, "5"), ("number", {}, "5.5", "5.5"),
    ("amount", {"currency": "CNY"}, 5, "5"),
    ("checkboxV2", {}, ["k0"], "上线"),
    ("date", {}, "2019-10-01T08:12:01+08:00", "2019-10-01T08:12:01+08:00"),
    ("dateInterval", {}, {"start": "2019-10-01T08:12:01+08:00", "end": "2019-10-02T08:12:01Z",
                          "interval": 1.0}, None),
    ("contact", {"open_ids": ["ou_1"]}, None, None), ("contact", {}, ["lisi"], '["lisi"]'),
    ("department", {}, [{"open_id": "od-1"}], None), ("connect", {}, ["CODE"], None),
    ("document", {}, {"token": "t", "type": "docx"}, None), ("image", {}, ["CODE"], None),
    ("attachmentV2", {}, ["CODE"], None),
    ("telephone", {}, {"countryCode": "+86", "nationalNumber": "13800000000"}, None),
    ("address", {}, [{"id": 1, "detailAddress": "x"}], None),
]


def one_widget(kind: str) -> dict:
    option = [{"key": "k0", "text": "@i18n@w_kind_0"}]
    return {"id": "one", "type": kind, "required": False, "name": "@i18n@w_title"} | (
        {"value": option} if kind == "checkboxV2" else {})


@pytest.mark.parametrize(("kind", "sibling", "value", "shown"), ALL, ids=str)
def test_every_type_takes_its_own_values_and_no_empty_one(feishu, kind, sibling, value, shown):
    code = feishu.definition(widgets=[one_widget(kind)])
    if value is not None:
        key = feishu.start(code, form=[field("one", kind, value) | sibling])
        assert shown in (None, feishu.card(key)["form"]["工单名称"])
    for empty in ("", [], {}):
        assert start(feishu, code, form=[field("one", kind, empty)])["code"] == 60006


@pytest.mark.parametrize("value", [
    "2019-10-01", "2019-10-01 08:12:01", "2019-10-01T08:12:01", "2019-13-01T08:12:01Z",
])
def test_a_date_needs_its_zone(feishu, value):
    code = feishu.definition(widgets=[one_widget("date")])
    assert start(feishu, code, form=[field("one", "date", value)])["code"] == 60006


def test_an_explanation_has_no_value(feishu):
    widget = one_widget("text") | {"value": "@i18n@w_detail"}
    code = feishu.definition(widgets=[widget])
    assert start(feishu, code, form=[field("one", "text", "t")])["code"] == 60006


@pytest.mark.parametrize(("more", "expected"), [
    ({"approval_code": "unheard"}, 1390002), ({"approval_code": ""}, 99992402),
    ({"open_id": "ou_unheard"}, 1390004), ({"open_id": ""}, 99992402),
    ({"open_id": "", "user_id": "nobody"}, 1390004),
    ({"open_id": "", "user_id": "sunqi"}, 1390004),  # has left
    ({"node_approver_open_id_list": []}, 1390001),
    ({"node_approver_open_id_list": listed(approve=[])}, 1390001),
    ({"node_approver_open_id_list": listed(approve=["ou_unheard"])}, 1390004),
    ({"node_approver_open_id_list": listed(approve=["lisi"])}, 1390004),  # the other list's kind
    ({"node_approver_open_id_list": listed(unheard=["ou_unheard"])}, 1390001),
    ({"node_approver_open_id_list": [{"node_id": "approve", "user_ids": []}]}, 99992402),
    ({"node_approver_open_id_list": {"approve": ["ou_1"]}}, 9499),
    ({"node_cc_user_id_list": listed(approve=["nobody"])}, 1390004),
    ({"node_cc_user_id_list": listed(approve=["lisi"]) * 21}, 99992402),
    ({"uuid": "u" * 65}, 99992402), ({"uuid": 5}, 9499),
    ({"title": "工单"}, 1390001), ({"title": "@i18n@inst_title"}, 1390001),
    ({"title": "@i18n@w_title", "i18n_resources": texts(), "title_display_method": 2}, 1390001),
    ({"forbid_revoke": "true"}, 9499), ({"form": ""}, 99992402),
    ({"node_auto_approval_list": [{"node_id": "approve"}] * 11}, 99992402),
], ids=str)
def test_wrong_people_codes_and_texts_are_refused(feishu, code, more, expected):
    feishu.control("people", {"people": [{"userid": "sunqi", "active": False}]})
    body = feishu.start_body(code) | more
    assert feishu.code("POST", PATH, body) == expected
    assert feishu.control("cards").json()["total"] == 0


def test_an_open_id_of_another_app_is_refused(feishu, code):
    feishu.control("apps", {"provider": "feishu", "app_key": "cli_two", "app_secret": "s"})
    body = feishu.start_body(code)
    assert feishu.code("POST", PATH, body, token=feishu.token("cli_two", "s")) == 99992361


def test_query_parameters_mean_nothing_here(feishu, code):
    body = feishu.start_body(code)
    assert feishu.data("POST", PATH, body, user_id_type="user_id")["instance_code"]
    body = feishu.start_body(code) | {"open_id": "zhangsan"}
    assert feishu.code("POST", PATH, body, user_id_type="user_id") == 1390004


def test_user_id_wins_over_open_id_and_both_lists_count(feishu, code):
    body = feishu.start_body(code, ("lisi",)) | {
        "user_id": "wangwu", "node_approver_user_id_list": listed(approve=["zhaoliu", "lisi"])}
    key = feishu.data("POST", PATH, body)["instance_code"]
    assert feishu.card(key)["originator"] == "wangwu"
    assert {user for user, _ in feishu.tasks(key)} == {"lisi", "zhaoliu"}


def test_copies_are_recorded(feishu, code):
    key = feishu.start(code, node_cc_user_id_list=listed(approve=["sunqi"]))
    entry = feishu.detail(key)["timeline"][1]
    assert entry["type"] == "CC"
    assert [one["open_id"] for one in entry["cc_user_list"]] == [feishu.who("sunqi")]


def test_a_title_comes_from_the_instances_own_texts(feishu, code):
    words = texts({"@i18n@inst_title": "工单 #123", "@i18n@inst_text": "上线支付库"})
    more = {"title": "@i18n@inst_title", "i18n_resources": words}
    key = feishu.start(code, form=[field(value="@i18n@inst_text")], **more)
    card = feishu.card(key)
    assert (card["title"], card["form"]["工单名称"]) == ("SQL 工单｜工单 #123", "上线支付库")
    key = feishu.start(code, title_display_method=1, **more)
    assert feishu.card(key)["title"] == "工单 #123"
    assert feishu.card(feishu.start(code))["title"] == "SQL 工单"


def test_new_instances_can_be_late_in_detail_and_tasks(feishu, code):
    key = feishu.start(code)
    feishu.control("rules", {"hide_tasks_seconds": 60})
    assert feishu.detail(key)["task_list"] == []
    feishu.control("rules", {"hide_detail_seconds": 60})
    assert feishu.code("GET", f"{PATH}/{key}") == 1390003


def test_user_ids_are_shown_with_their_scope_only(feishu, code):
    key = feishu.start(code)
    assert feishu.detail(key)["user_id"] == "zhangsan"
    feishu.control("scopes", {"provider": "feishu", "revoke": [
        "contact:user.employee_id:readonly"]})
    detail = feishu.detail(key)
    assert not [one for one in (detail, detail["task_list"][0], detail["timeline"][0])
                if "user_id" in one]


def test_two_megabytes_and_odd_letters_arrive_unchanged(feishu, code):
    text = "字" * 700_000 + '"\\\n\t😀{}[]@i18n@'
    key = feishu.start(code, form=[field(value=text)])
    assert json.loads(feishu.detail(key)["form"])[0]["value"] == text


@pytest.mark.parametrize("body", [b"{", b"[]", b"5", b'{"uuid": "\\ud800"}', b"\xff"])
def test_a_body_that_is_no_object_of_text_is_refused(feishu, body):
    answer = requests.post(f"{feishu.base}/open-apis/{PATH}", data=body, timeout=5,
                           headers={"Authorization": f"Bearer {feishu.token()}"})
    assert (answer.status_code, answer.json()["code"]) == (400, 9499)


def test_the_preview_shows_the_nodes(feishu, code):
    body = {"user_id": feishu.who("zhangsan"), "approval_code": code, "form": json.dumps(FORM)}
    shown = feishu.data("POST", f"{PATH}/preview", body)["preview_nodes"]
    assert [(one["custom_node_id"], one["is_approver_type_free"]) for one in shown] == [
        ("approve", True)]
    body = {"user_id": feishu.who("zhangsan"), "instance_code": feishu.start(code)}
    shown = feishu.data("POST", f"{PATH}/preview", body)["preview_nodes"]
    assert shown[0]["user_id_list"] == [feishu.who("lisi")]
