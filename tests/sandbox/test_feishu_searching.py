"""Feishu's searches: their own words, no revoked instances, late."""

import time

import pytest

QUERY = "approval/v4/instances/query"
SEARCH = "approval/v4/tasks/search"


@pytest.fixture(autouse=True)
def allowed(feishu):
    feishu.control("scopes", {"provider": "feishu", "grant": ["查询审批列表"]})


@pytest.fixture
def code(feishu) -> str:
    return feishu.definition()


def instances(feishu, code, **more) -> dict:
    found = feishu.data("POST", QUERY, {"approval_code": code} | more)["instance_list"]
    return {one["instance"]["code"]: one["instance"]["status"] for one in found}


def tasks(feishu, code, **more) -> list[tuple[str, str, str]]:
    found = feishu.data("POST", SEARCH, {"approval_code": code} | more)["task_list"]
    return [(one["instance"]["code"], one["task"]["user_id"], one["task"]["status"])
            for one in found]


@pytest.fixture
def keys(feishu, code) -> dict:
    """One instance in every state."""
    made = {name: feishu.start(code) for name in (
        "pending", "approved", "rejected", "canceled", "deleted")}
    feishu.act(made["approved"], "lisi")
    feishu.act(made["rejected"], "lisi", "reject")
    feishu.control(f"cards/{made['canceled']}/withdraw", {})
    feishu.control(f"cards/{made['deleted']}/state", {"deleted": True})
    return made


def test_statuses_are_in_lower_case_and_revoked_ones_are_hidden(feishu, code, keys):
    shown = {key: name for name, key in keys.items()}
    assert instances(feishu, code, with_revoked_instance=True) == shown
    del shown[keys["canceled"]]
    assert instances(feishu, code) == shown


@pytest.mark.parametrize(("word", "name"), [
    ("PENDING", "pending"), ("APPROVED", "approved"), ("REJECT", "rejected"),
    ("DELETED", "deleted"), ("RECALL", "canceled"),
])
def test_the_filter_has_words_of_its_own(feishu, code, keys, word, name):
    found = instances(feishu, code, instance_status=word, with_revoked_instance=True)
    assert found == {keys[name]: name}


def test_pages_come_short_where_revoked_instances_were_dropped(feishu, code):
    keys = [feishu.start(code) for _ in range(8)]
    for key in keys[3:]:  # the newest come first
        feishu.control(f"cards/{key}/withdraw", {})
    first = feishu.data("POST", QUERY, {"approval_code": code}, page_size=5)
    assert (first["instance_list"], first["has_more"], first["count"]) == ([], True, 8)
    second = feishu.data("POST", QUERY, {"approval_code": code}, page_size=5,
                         page_token=first["page_token"])
    assert (len(second["instance_list"]), second["has_more"]) == (3, False)


def test_searches_see_what_was_there_a_while_ago(feishu, code):
    key = feishu.start(code)
    feishu.control("rules", {"search_lag_seconds": 60})
    assert instances(feishu, code) == {}
    feishu.control("rules", {"search_lag_seconds": 0.5})
    time.sleep(0.6)
    feishu.act(key, "lisi")
    assert feishu.detail(key)["status"] == "APPROVED"
    assert instances(feishu, code) == {key: "pending"}
    assert tasks(feishu, code) == [(key, feishu.who("lisi"), "pending")]
    time.sleep(0.6)
    assert instances(feishu, code) == {key: "approved"}
    assert tasks(feishu, code) == [(key, feishu.who("lisi"), "approved")]


def test_tasks_are_found_by_status_person_and_order(feishu, code):
    first, second = feishu.start(code, ("lisi", "wangwu")), feishu.start(code, ("lisi",))
    time.sleep(0.01)
    feishu.act(first, "wangwu")
    lisi, wangwu = feishu.who("lisi", "wangwu")
    assert tasks(feishu, code, order=0)[-1] == (second, lisi, "pending")
    assert {one[2] for one in tasks(feishu, code, order=0)[:2]} == {"done", "approved"}
    assert tasks(feishu, code, task_status="PENDING") == [(second, lisi, "pending")]
    assert tasks(feishu, code, user_id=wangwu) == [(first, wangwu, "approved")]
    assert len(tasks(feishu, code, task_status_list=["DONE", "APPROVED"])) == 2
    assert len(tasks(feishu, code, task_status="PROCESSED")) == 2
    assert tasks(feishu, code, order=3)[0][0] == first


def test_tasks_of_revoked_instances_are_hidden_too(feishu, code):
    key = feishu.start(code)
    feishu.control(f"cards/{key}/withdraw", {})
    assert tasks(feishu, code) == []
    assert len(tasks(feishu, code, with_revoked_instance=True)) == 1


def test_instances_are_found_by_originator_code_and_time(feishu, code):
    mine, theirs = feishu.start(code), feishu.start(code, by="sunqi")
    assert list(instances(feishu, code, user_id=feishu.who("sunqi"))) == [theirs]
    assert list(instances(feishu, "", instance_code=mine)) == [mine]
    now = int(time.time() * 1000)

    def between(since, until):
        return instances(feishu, code, instance_start_time_from=str(since),
                         instance_start_time_to=str(until))

    assert len(between(now - 60_000, now + 1000)) == 2
    assert between(now + 1000, now + 2000) == {}


DAY = 86_400_000


@pytest.mark.parametrize(("path", "body", "code"), [
    (QUERY, {}, 1390001), (SEARCH, {}, 1390001),
    (QUERY, {"instance_code": "X", "instance_status": "REJECTED"}, 1390001),
    (SEARCH, {"instance_code": "X", "task_status": "REJECT"}, 1390001),
    (SEARCH, {"instance_code": "X", "order": 4}, 1390001),
    (SEARCH, {"instance_code": "X", "order": "0"}, 9499),
    (QUERY, {"user_id": "ou_x"}, 1390004),
    (QUERY, {"instance_code": "X", "instance_start_time_from": 5}, 9499),
    (QUERY, {"instance_code": "X", "instance_start_time_from": "5"}, 99992402),
    (QUERY, {"instance_code": "X", "instance_start_time_from": "0",
             "instance_start_time_to": str(30 * DAY + 1)}, 1390001),
])
def test_what_searches_refuse(feishu, path, body, code):
    assert feishu.code("POST", path, body) == code


@pytest.mark.parametrize("size", [4, 201, "many"])
def test_pages_have_five_to_two_hundred_lines(feishu, code, size):
    assert feishu.code("POST", QUERY, {"approval_code": code}, page_size=size) == 99992402


def test_dingtalks_cards_are_not_found_here(feishu, sandbox):
    feishu.control("scopes", {"provider": "feishu", "grant": ["查询审批列表"]})
    key = sandbox.start()
    assert feishu.data("POST", QUERY, {"instance_code": key})["instance_list"] == []
    assert feishu.code("GET", f"approval/v4/instances/{key}") == 1390003
    answer = sandbox.api("GET", "workflow/processInstances", processInstanceId=feishu.start())
    assert answer.json()["code"] == "processInstanceNotExist"
