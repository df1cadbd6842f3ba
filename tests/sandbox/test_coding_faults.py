"""Ordered faults on CODING's actions, and what the log of calls says of them."""

import json
import threading
import time

import pytest
import requests

from portal.sandbox import CODING_TEAM, CODING_TOKEN

LOST = requests.exceptions.ConnectionError


def fault(coding, kind, match="CreateIssue$", **more) -> None:
    answer = coding.control("faults", {"match": match, "kind": kind} | more)
    assert answer.status_code == 200, answer.text


@pytest.mark.parametrize(("kind", "effects"), [("lost_before", 0), ("lost_after", 1)])
def test_a_fault_hits_the_action_it_names_and_no_other(coding, kind, effects):
    fault(coding, kind)
    assert coding.ask("DescribeTeam")
    with pytest.raises(LOST):
        coding.create()
    assert len(coding.kept()) == effects
    search = {"Conditions": {"Key": "KEYWORD", "Value": "P1-Q7"}}
    assert len(coding.codes(**search)) == effects
    assert coding.create()["Code"] == effects + 1


@pytest.mark.parametrize(("path", "body"), [
    ("/open-api?Action=CreateIssue", {}), ("/open-api?action=CreateIssue", {}),
    ("/open-api", {"Action": "CreateIssue"}),
    ("/open-api/CreateIssue?Action=CreateIssue", {"Action": "CreateIssue"}),
])
def test_however_the_action_is_named_the_fault_finds_it(coding, path, body):
    fault(coding, "status", match="Action=CreateIssue", status=502, body="bad gateway")
    assert requests.post(coding.base + path, json=body, timeout=5).status_code == 502


def test_an_effect_can_come_after_the_connection_was_lost(coding):
    fault(coding, "late_effect", seconds=0.2)
    with pytest.raises(LOST):
        coding.create()
    assert coding.kept() == []
    time.sleep(0.5)
    assert [one["code"] for one in coding.kept()] == [1]


@pytest.mark.parametrize(("kind", "code"), [
    ("qps", "RequestLimitExceeded"), ("qps_api", "RequestLimitExceeded"),
    ("quota", "RequestLimitExceeded"), ("token", "ResourceNotFound"), ("ip", "ResourceNotFound"),
])
def test_refusals_by_order(coding, kind, code):
    fault(coding, kind)
    assert coding.refused("CreateIssue", **coding.issue_body())[0] == code
    assert coding.kept() == []
    assert coding.create()["Code"] == 1


def test_the_front_may_stop_one_call_with_a_page_or_an_odd_object(coding):
    fault(coding, "ban")
    answer = coding.post("CreateIssue", coding.issue_body())
    assert (answer.status_code, answer.text[:9]) == (403, "<!DOCTYPE")
    fault(coding, "ban_json")
    assert "Response" not in coding.post("CreateIssue", coding.issue_body()).json()
    assert coding.kept() == []


@pytest.mark.parametrize(("kind", "effects"), [("status", 0), ("status_after", 1)])
def test_any_answer_can_stand_in_for_the_right_one(coding, kind, effects):
    error = {"Response": {"Error": {"Code": "InternalError", "Message": "x"}, "RequestId": "r"}}
    fault(coding, kind, status=500, body=error)
    answer = coding.post("CreateIssue", coding.issue_body())
    assert (answer.status_code, answer.json()) == (500, error)
    assert len(coding.kept()) == effects


def test_many_at_once_get_numbers_of_their_own(coding):
    codes = []

    def create():
        answer = requests.post(
            f"{coding.base}/open-api?Action=CreateIssue", json=coding.issue_body(), timeout=10,
            headers={"Authorization": f"token {CODING_TOKEN}"},
        )
        codes.append(answer.json()["Response"]["Issue"]["Code"])

    threads = [threading.Thread(target=create) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(codes) == list(range(1, 13))


def test_every_call_is_logged_by_action_without_secrets(coding):
    coding.control("calls", method="DELETE")
    coding.create()
    coding.refused("DescribeTeam", token="wrong")
    coding.page("/p/shop/all/issues")
    log = coding.control("calls").json()
    assert log["by_path"] == {
        "POST /open-api?Action=CreateIssue": 1, "POST /open-api?Action=DescribeTeam": 1}
    assert log["by_code"] == {"0": 1, "ResourceNotFound": 1}
    assert [call["app_key"] for call in log["calls"]] == [CODING_TEAM, ""]
    assert CODING_TOKEN not in json.dumps(log)


def test_pages_are_no_calls_and_meet_no_fault(coding):
    coding.create()
    fault(coding, "status", match="", times=None)
    assert coding.page("/p").status_code == coding.page("/p/shop/all/issues/1").status_code == 200
    assert coding.page("/p/unheard/all/issues").headers["Content-Type"].startswith("text/html")


def test_the_path_of_another_platform_stays_its_own(coding):
    answer = requests.post(f"{coding.base}/open-apis/unheard", json={}, timeout=5)
    assert answer.json()["code"] == 99991201
    answer = requests.post(f"{coding.base}/open-api/a/b", json={}, timeout=5)
    assert answer.json()["Response"]["Error"]["Code"] == "InvalidAction"
