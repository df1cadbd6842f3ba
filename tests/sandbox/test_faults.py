"""Ordered faults: what the client sees, and what really happened."""

import json
import socket
import subprocess
import sys
import threading
import time

import pytest
import requests

LOST = requests.exceptions.ConnectionError


@pytest.fixture
def code(sandbox) -> str:
    return sandbox.template()


def fault(sandbox, kind, match="workflow/processInstances$", **more) -> dict:
    answer = sandbox.control("faults", {"match": match, "method": "POST", "kind": kind} | more)
    assert answer.status_code == 200, answer.text
    return answer.json()


def start(sandbox, code):
    return sandbox.api("POST", "workflow/processInstances", sandbox.start_body(code))


def started(sandbox) -> int:
    return sandbox.control("cards").json()["total"]


@pytest.mark.parametrize("reset", [False, True])
@pytest.mark.parametrize(("kind", "effects"), [("lost_before", 0), ("lost_after", 1)])
def test_the_connection_is_really_closed(sandbox, code, kind, effects, reset):
    fault(sandbox, kind, reset=reset)
    with pytest.raises(LOST) as caught:
        start(sandbox, code)
    assert ("reset by peer" in str(caught.value)) == reset
    assert started(sandbox) == effects
    assert start(sandbox, code).status_code == 200  # once only


def test_an_answer_can_be_late_before_and_after_its_effect(sandbox, code):
    for kind, effects_meanwhile in (("delay", 0), ("delay_after", 2)):
        fault(sandbox, kind, seconds=0.3)
        caller = threading.Thread(target=start, args=(sandbox, code))
        caller.start()
        time.sleep(0.15)
        assert started(sandbox) == effects_meanwhile
        caller.join()
    assert started(sandbox) == 2


def test_an_effect_can_come_after_the_connection_was_lost(sandbox, code):
    fault(sandbox, "late_effect", seconds=0.2)
    with pytest.raises(LOST):
        start(sandbox, code)
    assert started(sandbox) == 0
    time.sleep(0.4)
    assert started(sandbox) == 1
    assert sandbox.control("calls").json()["calls"][-1]["fault"] == "late_effect"


@pytest.mark.parametrize(("kind", "effects"), [("status", 0), ("status_after", 1)])
def test_any_answer_can_stand_in_for_the_right_one(sandbox, code, kind, effects):
    fault(sandbox, kind, status=429, body={"code": "x"}, headers={"x-ogw-ratelimit-reset": "52"})
    answer = start(sandbox, code)
    assert (answer.status_code, answer.json()) == (429, {"code": "x"})
    assert answer.headers["x-ogw-ratelimit-reset"] == "52"
    assert answer.headers["Content-Type"] == "application/json"
    assert started(sandbox) == effects


@pytest.mark.parametrize(("kind", "status", "expected"), [
    ("qps", 403, "Forbidden.AccessDenied.QpsLimitForAppkeyAndApi"),
    ("qps_api", 403, "Forbidden.AccessDenied.QpsLimitForApi"),
    ("quota", 403, "Forbidden.AccessDenied.ApiCountLimitForOrg"),
    ("ip", 403, "Forbidden.AccessDenied.IpNotInWhiteList"),
    ("token", 400, "InvalidAuthentication"),
])
def test_documented_refusals_by_order(sandbox, code, kind, status, expected):
    fault(sandbox, kind)
    answer = start(sandbox, code)
    assert (answer.status_code, answer.json()["code"]) == (status, expected)
    assert started(sandbox) == 0


@pytest.mark.parametrize(("kind", "sub_code"), [
    ("qps", "90018"), ("qps_api", "90002"), ("quota", "90020"), ("ip", "60020"), ("token", "40014"),
])
def test_documented_refusals_of_the_old_host(sandbox, kind, sub_code):
    fault(sandbox, kind, match="/topapi/")
    answer = sandbox.oapi("v2/user/get", {"userid": "lisi"})
    assert (answer["errcode"], answer["sub_code"]) == (88, sub_code)


def test_a_banned_address_gets_a_page_or_an_odd_object(sandbox, code):
    fault(sandbox, "ban")
    answer = start(sandbox, code)
    assert (answer.status_code, answer.text[:9]) == (200, "<!DOCTYPE")
    fault(sandbox, "ban_json")
    assert start(sandbox, code).json()["status"] == 1111


@pytest.mark.parametrize("cut", [20, 60, 170, 5000])
def test_half_an_answer_ends_where_it_was_cut(sandbox, code, cut):
    fault(sandbox, "half", bytes=cut)
    body = json.dumps(sandbox.start_body(code)).encode()
    head = (f"POST /v1.0/workflow/processInstances HTTP/1.1\r\nHost: x\r\n"
            f"x-acs-dingtalk-access-token: {sandbox.token()}\r\n"
            f"Content-Length: {len(body)}\r\n\r\n")
    host, port = sandbox.base.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=5) as connection:
        connection.sendall(head.encode() + body)
        received = b"".join(iter(lambda: connection.recv(4096), b""))
    assert len(received) == cut or (cut == 5000 and received.endswith(b"}"))
    assert not received.endswith(b"}\n")
    assert received.startswith(b"HTTP/1.1 200 OK\r\n")
    assert started(sandbox) == 1


def test_an_answer_can_drip(sandbox, code):
    fault(sandbox, "drip", seconds=0.002)
    before = time.monotonic()
    answer = start(sandbox, code)
    assert answer.json()["instanceId"]
    assert time.monotonic() - before > 0.3


@pytest.mark.parametrize("how", [{}, {"gzip": True}, {"chunked": True}])
def test_an_answer_can_be_far_too_long(sandbox, code, how):
    fault(sandbox, "flood", bytes=3_000_000, **how)
    answer = requests.post(f"{sandbox.base}/v1.0/workflow/processInstances", stream=True, timeout=5)
    received = 0
    for piece in answer.iter_content(100_000):
        received += len(piece)
        if received > 2_000_000:
            break
    answer.close()
    assert received > 2_000_000
    assert started(sandbox) == 0


def test_answers_can_be_held_until_both_requests_are_there(sandbox, code):
    key = sandbox.start(code)
    fault(sandbox, "barrier", method="GET", times=2, parties=2, seconds=5)
    ended = []

    def read():
        sandbox.detail(key)
        ended.append(time.monotonic())

    first = threading.Thread(target=read)
    first.start()
    time.sleep(0.2)
    assert ended == []
    read()
    first.join()
    assert abs(ended[0] - ended[1]) < 0.15


@pytest.mark.parametrize(("kind", "effects"), [
    ("kill_before", 0), ("kill_after", 1), ("kill_answered", 1),
])
def test_a_process_is_killed_around_the_effect(sandbox, code, kind, effects):
    script = (
        "import json, sys, requests\n"
        "body = json.loads(sys.argv[2])\n"
        "requests.post(sys.argv[1], json=body, headers={'x-acs-dingtalk-access-token':"
        " sys.stdin.readline().strip()})\n"
        "import time; time.sleep(30)\n"
    )
    client = subprocess.Popen(
        [sys.executable, "-c", script, f"{sandbox.base}/v1.0/workflow/processInstances",
         json.dumps(sandbox.start_body(code))], stdin=subprocess.PIPE, text=True,
    )
    fault(sandbox, kind, pid=client.pid)
    client.stdin.write(sandbox.token() + "\n")
    client.stdin.close()
    assert client.wait(timeout=10) == -9
    assert started(sandbox) == effects


def test_a_rate_hits_a_part_of_the_requests_the_same_each_time(sandbox, code):
    def run():
        sandbox.control("faults", method="DELETE")
        fault(sandbox, "status", times=None, rate=0.5, seed=7)
        return [start(sandbox, code).status_code for _ in range(20)]

    first = run()
    assert run() == first
    assert {200, 500} == set(first)


def test_faults_can_wait_are_counted_off_and_cleared(sandbox, code):
    fault(sandbox, "status", skip=1, times=1)
    assert [start(sandbox, code).status_code for _ in range(3)] == [200, 500, 200]
    fault(sandbox, "status", times=None)
    assert sandbox.control("faults", method="DELETE").json() == {"faults": []}
    assert start(sandbox, code).status_code == 200


@pytest.mark.parametrize("body", [
    {"kind": "unheard"}, {"kind": "kill_after"}, {"kind": "kill_after", "pid": 1},
    {"kind": "status", "unheard": 1},
])
def test_faults_that_make_no_sense_are_refused(sandbox, body):
    assert sandbox.control("faults", body).status_code == 400
    assert sandbox.control("faults").json()["faults"] == []


def test_processes_are_killed_for_callers_on_this_machine_only(sandbox):
    body = {"kind": "kill_before", "pid": 999_999}
    answer = requests.post(f"{sandbox.base}/control/faults", json=body, timeout=5,
                           headers={"Host": "elsewhere.example:80"})
    assert answer.status_code == 400
    assert sandbox.control("faults").json()["faults"] == []


def test_every_call_is_counted_and_logged_without_secrets(sandbox, code):
    sandbox.control("calls", method="DELETE")
    fault(sandbox, "lost_before")
    with pytest.raises(LOST):
        start(sandbox, code)
    start(sandbox, code)
    sandbox.oapi("v2/user/getbymobile", {"mobile": "13899999999"})
    log = sandbox.control("calls").json()
    assert log["by_path"]["POST /v1.0/workflow/processInstances"] == 2
    assert log["by_code"]["60121"] == 1
    lost, kept = [c for c in log["calls"] if c["path"].endswith("processInstances")]
    assert (lost["fault"], lost["status"]) == ("lost_before", None)
    assert (kept["status"], kept["counted"], kept["app_key"] != "") == (200, True, True)
    text = json.dumps(log)
    assert sandbox.token() not in text
    assert "secret" not in text
