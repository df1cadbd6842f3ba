"""Ordered faults on Feishu's paths, and what the log of calls says of them."""

import json
import threading
import time

import pytest
import requests

LOST = requests.exceptions.ConnectionError
PATH = "approval/v4/instances"


@pytest.fixture
def body(feishu) -> dict:
    return feishu.start_body(feishu.definition())


def fault(feishu, kind, match="approval/v4/instances$", **more) -> dict:
    answer = feishu.control("faults", {"match": match, "method": "POST", "kind": kind} | more)
    assert answer.status_code == 200, answer.text
    return answer.json()


def started(feishu) -> int:
    return feishu.control("cards").json()["total"]


@pytest.mark.parametrize(("kind", "effects"), [("lost_before", 0), ("lost_after", 1)])
def test_the_connection_is_really_closed_and_the_uuid_tells_what_happened(
    feishu, body, kind, effects
):
    token = feishu.token()
    fault(feishu, kind)
    with pytest.raises(LOST):
        feishu.api("POST", PATH, body, token=token)
    assert started(feishu) == effects
    assert feishu.api("POST", PATH, body, token=token).json()["code"] == 60012 * effects
    assert started(feishu) == 1


def test_an_effect_can_come_after_the_connection_was_lost(feishu, body):
    fault(feishu, "late_effect", seconds=0.2)
    with pytest.raises(LOST):
        feishu.api("POST", PATH, body)
    assert feishu.code("GET", f"{PATH}/{body['uuid']}") == 1390003
    time.sleep(0.4)
    assert feishu.detail(body["uuid"])["status"] == "PENDING"


@pytest.mark.parametrize(("kind", "status", "code"), [
    ("qps", 429, 99991400), ("qps_api", 400, 99991400), ("quota", 400, 99991403),
    ("token", 400, 99991663), ("ip", 400, 99991401),
])
def test_documented_refusals_by_order(feishu, body, kind, status, code):
    fault(feishu, kind)
    answer = feishu.api("POST", PATH, body)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert answer.json()["error"]["log_id"] == answer.headers["X-Tt-Logid"]
    assert started(feishu) == 0
    if kind == "qps":
        assert answer.headers["x-ogw-ratelimit-limit"] == "100"
        assert answer.headers["x-ogw-ratelimit-reset"] == "52"


def test_a_banned_address_gets_a_page_or_an_odd_object(feishu, body):
    fault(feishu, "ban")
    assert feishu.api("POST", PATH, body).text.startswith("<!DOCTYPE")
    fault(feishu, "ban_json")
    assert "code" not in feishu.api("POST", PATH, body).json()
    assert started(feishu) == 0


@pytest.mark.parametrize(("kind", "effects"), [("status", 0), ("status_after", 1)])
def test_any_answer_can_stand_in_for_the_right_one(feishu, body, kind, effects):
    fault(feishu, kind, status=400, body={"code": 60014, "msg": "lock failed"})
    answer = feishu.api("POST", PATH, body)
    assert (answer.status_code, answer.json()["code"]) == (400, 60014)
    assert started(feishu) == effects


def test_the_token_endpoint_can_be_hit_too(feishu):
    fault(feishu, "status", match="tenant_access_token", status=502, body="bad gateway")
    answer = requests.post(f"{feishu.base}/open-apis/auth/v3/tenant_access_token/internal",
                           json={}, timeout=5)
    assert answer.status_code == 502


def test_many_threads_with_one_uuid_start_one_instance(feishu, body):
    token = feishu.token()
    codes = []

    def start():
        answer = requests.post(f"{feishu.base}/open-apis/{PATH}", json=body, timeout=10,
                               headers={"Authorization": f"Bearer {token}"})
        codes.append(answer.json()["code"])

    threads = [threading.Thread(target=start) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(codes) == [0] + [60012] * 7
    assert started(feishu) == 1


def test_every_call_is_logged_without_secrets(feishu, body):
    feishu.control("calls", method="DELETE")
    token = feishu.token()
    fault(feishu, "lost_before")
    with pytest.raises(LOST):
        feishu.api("POST", PATH, body, token=token)
    feishu.api("POST", PATH, body, token=token)
    feishu.api("POST", PATH, body, token=token)
    log = feishu.control("calls").json()
    assert log["by_path"] == {
        "POST /open-apis/auth/v3/tenant_access_token/internal": 1, f"POST /open-apis/{PATH}": 3}
    assert (log["by_code"]["0"], log["by_code"]["60012"], log["by_code"]["None"]) == (2, 1, 1)
    assert {call["app_key"] for call in log["calls"]} == {"cli_sandboxapp000001", ""}
    assert log["calls"][1]["fault"] == "lost_before"
    text = json.dumps(log)
    assert token not in text
    assert "secret" not in text
