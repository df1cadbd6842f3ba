"""The door for tests: people, apps, rules, cards; and a store that outlives its process."""

import ast
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import requests

import portal.sandbox
from portal.sandbox import DEFAULT_APP_KEY, create_sandbox

from .conftest import Caller


def test_people_are_added_changed_and_replaced(sandbox):
    sandbox.control("people", {"people": [{"userid": "lisi", "mobile": "+8613911111111"}]})
    people = {p["userid"]: p for p in sandbox.control("people").json()["people"]}
    assert (people["lisi"]["name"], people["lisi"]["mobile"]) == ("李四", "13911111111")
    sandbox.control("people", {"reset": True, "people": [{"userid": "u1", "name": "甲"}]})
    assert [p["userid"] for p in sandbox.control("people").json()["people"]] == ["u1"]


@pytest.mark.parametrize(("path", "body"), [
    ("people", {"people": [{"name": "no id"}]}),
    ("people", {"people": [{"userid": "u", "mobile": "138 0000"}]}),
    ("people", {"people": [{"userid": "u", "unheard": 1}]}),
    ("rules", {"unheard": 1}), ("rules", {"withdraw_after": "15"}),
    ("rules", {"token_seconds": None}), ("rules", {"allow_withdraw": 1}),
    ("scopes", {"grant": ["unheard"]}), ("scopes", {"app_key": "unheard", "grant": []}),
    ("apps", {"app_key": "new"}), ("templates/PROC-X", {"status": "INVALID"}),
    ("cards/x/unheard", {}), ("people", ["a list"]),
])
def test_orders_that_make_no_sense_are_refused_with_a_reason(sandbox, path, body):
    before = sandbox.control("people").json(), sandbox.control("rules").json()
    answer = sandbox.control(path, body)
    assert answer.status_code == 400
    assert answer.json()["error"]
    assert (sandbox.control("people").json(), sandbox.control("rules").json()) == before


def test_forms_of_other_sites_are_not_taken_for_orders(sandbox):
    answer = requests.post(f"{sandbox.base}/control/people", data='{"reset": true}', timeout=5)
    assert answer.status_code == 415
    assert sandbox.control("people").json()["people"]


def test_another_app_has_its_own_token_and_scopes(sandbox):
    sandbox.control("apps", {"app_key": "other", "app_secret": "s"})
    sandbox.control("scopes", {"app_key": "other", "revoke": ["Workflow.Form.Read"]})
    assert sandbox.token("other", "s") != sandbox.token()
    scopes = sandbox.control("scopes").json()["scopes"]
    assert "Workflow.Form.Read" not in scopes["other"]
    assert "Workflow.Form.Read" in scopes[DEFAULT_APP_KEY]


def test_cards_are_found_by_marker_and_status(sandbox):
    key = sandbox.start(formComponentValues=[{"name": "工单名称", "value": "P1-7-R1-S1-I1"}])
    assert sandbox.control("cards?marker=7-R1-S1").json()["cards"][0]["id"] == key
    assert sandbox.control("cards?marker=other").json()["total"] == 0
    assert sandbox.control("cards?status=COMPLETED").json()["total"] == 0
    card = sandbox.control(f"cards/{key}/agree", {"remark": "好"}).json()  # one can only mean 李四
    assert (card["status"], card["result"], card["originator"]) == (
        "COMPLETED", "agree", "zhangsan")
    assert sandbox.control(f"cards/{key}/agree", {"userid": "lisi"}).status_code == 409
    assert sandbox.control("cards/x/agree", {"userid": "lisi"}).status_code == 404


def test_many_threads_lose_nothing(sandbox):
    code = sandbox.template()
    token = sandbox.token()
    body = sandbox.start_body(code)

    def start(_):
        answer = requests.post(f"{sandbox.base}/v1.0/workflow/processInstances", json=body,
                               timeout=20, headers={"x-acs-dingtalk-access-token": token})
        return answer.json()["instanceId"]

    with ThreadPoolExecutor(8) as pool:
        keys = set(pool.map(start, range(60)))
    cards = sandbox.control("cards").json()["cards"]
    assert {card["id"] for card in cards} == keys
    assert len({task["task_id"] for card in cards for task in card["tasks"]}) == 60


def test_a_file_outlives_a_killed_process(tmp_path):
    def run():
        process = subprocess.Popen(
            [sys.executable, "-m", "portal.sandbox.serve", "--port", "0",
             "--store", str(tmp_path / "sandbox.db")], stdout=subprocess.PIPE, text=True,
        )
        return process, Caller(process.stdout.readline().split()[-1])

    process, caller = run()
    key = caller.start()
    process.kill()
    process.wait()
    process, caller = run()
    try:
        assert caller.execute(key, "lisi").status_code == 200
        assert caller.control("cards").json()["total"] == 1
    finally:
        process.kill()
        process.wait()


def test_each_sandbox_in_memory_is_its_own():
    first, second = create_sandbox().test_client(), create_sandbox().test_client()
    first.post("/control/people", json={"reset": True})
    assert second.get("/control/people").json["people"]


def test_the_sandbox_imports_nothing_of_the_portal():
    for file in Path(portal.sandbox.__file__).parent.rglob("*.py"):
        depth = len(file.relative_to(Path(portal.sandbox.__file__).parent).parts)
        for item in ast.walk(ast.parse(file.read_text())):
            if isinstance(item, ast.ImportFrom):
                assert item.level <= depth, file
                assert (item.module or "").split(".")[0] != "portal", file
            elif isinstance(item, ast.Import):
                assert all(name.name.split(".")[0] != "portal" for name in item.names), file
