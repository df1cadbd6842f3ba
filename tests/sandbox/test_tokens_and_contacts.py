"""Tokens, the gateway's refusals, and the address book, as the documents say."""

import time

import pytest
import requests

from portal.sandbox import DEFAULT_APP_KEY, DEFAULT_APP_SECRET


def test_a_repeat_gives_the_same_token_on_both_hosts(sandbox):
    first = sandbox.token()
    answer = requests.get(f"{sandbox.base}/gettoken", timeout=5, params={
        "appkey": DEFAULT_APP_KEY, "appsecret": DEFAULT_APP_SECRET}).json()
    assert sandbox.token() == first == answer["access_token"]
    assert (answer["errcode"], answer["expires_in"]) == (0, 7200)


def test_bad_credentials_are_refused_by_each_host_in_its_own_way(sandbox):
    answer = requests.post(f"{sandbox.base}/v1.0/oauth2/accessToken", timeout=5,
                           json={"appKey": DEFAULT_APP_KEY, "appSecret": "wrong"})
    assert (answer.status_code, answer.json()["code"]) == (400, "invalidClientIdOrSecret")
    answer = requests.post(f"{sandbox.base}/v1.0/oauth2/accessToken", timeout=5, data="x")
    assert answer.json()["code"] == "Missingbody"
    old = f"{sandbox.base}/gettoken"
    assert requests.get(old, timeout=5).json()["errcode"] == 40035
    bad = {"appkey": "a", "appsecret": "b"}
    assert requests.get(old, params=bad, timeout=5).json()["errcode"] == 40096


def test_tokens_belong_in_the_header_on_one_host_and_in_the_address_on_the_other(sandbox):
    token = sandbox.token()
    answer = requests.get(f"{sandbox.base}/v1.0/workflow/processInstances", timeout=5,
                          params={"access_token": token})
    assert answer.status_code == 400
    assert answer.json()["code"] == "AuthenticationFailed.MissingParameter"
    answer = requests.post(f"{sandbox.base}/topapi/v2/user/get", timeout=5, json={"userid": "lisi"},
                           headers={"x-acs-dingtalk-access-token": token}).json()
    assert (answer["errcode"], answer["sub_code"]) == (88, "40000")
    answer = requests.post(f"{sandbox.base}/topapi/v2/user/get", timeout=5,
                           data={"userid": "lisi", "access_token": token}).json()
    assert answer["errcode"] == 0


def test_revoked_and_expired_tokens_are_refused_and_replaced(sandbox):
    token = sandbox.token()
    sandbox.control("apps", {"revoke_tokens": True})
    assert sandbox.api("POST", "workflow/forms", {}, token=token).json()["code"] == (
        "InvalidAuthentication")
    answer = sandbox.oapi("v2/user/get", {"userid": "lisi"}, token=token)
    assert (answer["errcode"], answer["sub_code"]) == (88, "40014")
    sandbox.control("rules", {"token_seconds": 0.05})
    late = sandbox.token()
    time.sleep(0.06)
    answer = sandbox.api("POST", "workflow/forms", {}, token=late)
    assert (answer.status_code, answer.json()["code"]) == (400, "InvalidAuthentication")
    assert sandbox.token() not in (token, late)


def test_unknown_paths_answer_200_with_an_error(sandbox):
    answer = requests.get(f"{sandbox.base}/v1.0/no/such", timeout=5)
    assert answer.status_code == 200
    assert answer.json() == {"errcode": 404, "errmsg": "请求的URI地址不存在"}
    answer = requests.post(f"{sandbox.base}/topapi/v2/user/notexist", timeout=5).json()
    assert (answer["errcode"], answer["sub_msg"]) == (
        22, "不合法ApiName，ApiName = dingtalk.oapi.v2.user.notexist")


def test_a_phone_finds_its_person(sandbox):
    answer = sandbox.oapi("v2/user/getbymobile", {"mobile": "13800000002"})
    assert answer["result"]["userid"] == "lisi"


@pytest.mark.parametrize(("body", "errcode"), [
    ({}, 400002), ({"mobile": "+8613800000002"}, 40104), ({"mobile": "138 0000 0002"}, 40104),
    ({"mobile": "13899999999"}, 60121),
])
def test_other_phones_do_not(sandbox, body, errcode):
    assert sandbox.oapi("v2/user/getbymobile", body)["errcode"] == errcode


def test_who_has_left_is_not_found(sandbox):
    sandbox.control("people", {"people": [{"userid": "lisi", "active": False}]})
    assert sandbox.oapi("v2/user/getbymobile", {"mobile": "13800000002"})["errcode"] == 60121
    assert sandbox.oapi("v2/user/get", {"userid": "lisi"})["errcode"] == 60121
    assert sandbox.oapi("v2/user/get", {"userid": ""})["errcode"] == 33012


def test_the_phone_number_needs_its_field_permission(sandbox):
    assert sandbox.oapi("v2/user/get", {"userid": "lisi"})["result"]["mobile"] == "13800000002"
    sandbox.control("scopes", {"revoke": ["企业员工手机号信息"]})
    answer = sandbox.oapi("v2/user/get", {"userid": "lisi"})
    assert answer["errcode"] == 0
    assert "mobile" not in answer["result"]
    assert "email" not in answer["result"]


@pytest.mark.parametrize(("scope", "path"), [
    ("qyapi_get_member_by_mobile", "v2/user/getbymobile"), ("qyapi_get_member", "v2/user/get"),
])
def test_address_book_permissions_answer_88_with_60011(sandbox, scope, path):
    sandbox.control("scopes", {"revoke": [scope]})
    answer = sandbox.oapi(path, {"mobile": "13800000002", "userid": "lisi"})
    assert (answer["errcode"], answer["sub_code"]) == (88, "60011")
    assert f"content={DEFAULT_APP_KEY}%23{scope}" in answer["sub_msg"]
    assert f"{{requiredScopes=[{scope}]}}" in answer["errmsg"]


@pytest.mark.parametrize(("scope", "method", "path"), [
    ("Workflow.Form.Write", "POST", "workflow/forms"),
    ("Workflow.Form.Write", "DELETE", "workflow/processCentres/schemas"),
    ("Workflow.Form.Read", "GET", "workflow/processCentres/schemaNames/processCodes"),
    ("Workflow.Form.Read", "GET", "workflow/forms/schemas/processCodes"),
    ("Workflow.Instance.Write", "POST", "workflow/processInstances"),
    ("Workflow.Instance.Write", "POST", "workflow/processInstances/execute"),
    ("Workflow.Instance.Write", "POST", "workflow/processInstances/terminate"),
    ("Workflow.Instance.Write", "POST", "workflow/processInstances/comments"),
    ("Workflow.Instance.Write", "POST", "workflow/tasks/redirect"),
    ("Workflow.Instance.Read", "GET", "workflow/processInstances"),
    ("Workflow.Instance.Read", "POST", "workflow/processes/instanceIds/query"),
])
def test_workflow_permissions_answer_403_with_the_scope(sandbox, scope, method, path):
    sandbox.control("scopes", {"revoke": [scope]})
    answer = sandbox.api(method, path, {})
    body = answer.json()
    assert answer.status_code == 403
    assert body["code"] == "Forbidden.AccessDenied.AccessTokenPermissionDenied"
    assert body["accessdenieddetail"] == {"requiredScopes": [scope]}
    assert f"[{scope}]" in body["message"]
    sandbox.control("scopes", {"grant": [scope]})
    assert sandbox.api(method, path, {}).status_code == 400


def test_too_many_calls_in_a_second_are_refused(sandbox):
    sandbox.control("rules", {"qps": 3})
    token = sandbox.token()
    answers = [sandbox.api("GET", "workflow/processInstances", token=token) for _ in range(4)]
    assert [answer.status_code for answer in answers] == [400, 400, 400, 403]
    assert answers[3].json()["code"] == "Forbidden.AccessDenied.QpsLimitForAppkeyAndApi"


def test_the_months_quota_counts_workflow_calls_only(sandbox):
    sandbox.control("rules", {"monthly_quota": 1})
    assert sandbox.oapi("v2/user/get", {"userid": "lisi"})["errcode"] == 0
    assert sandbox.api("GET", "workflow/processInstances").status_code == 400
    answer = sandbox.api("GET", "workflow/processInstances")
    assert answer.status_code == 403
    assert answer.json()["code"] == "Forbidden.AccessDenied.ApiCountLimitForOrg"
    assert sandbox.oapi("v2/user/get", {"userid": "lisi"})["errcode"] == 0
    assert sandbox.control("calls").json()["counted"] == 1
