"""Feishu's tokens, what its gateway refuses, permissions, limits."""

import time

import pytest
import requests

from portal.sandbox import DEFAULT_APP_KEY, DEFAULT_APP_SECRET, FEISHU_APP_ID, FEISHU_APP_SECRET

TOKEN = "open-apis/auth/v3/tenant_access_token/internal"
GOOD = {"app_id": FEISHU_APP_ID, "app_secret": FEISHU_APP_SECRET}
APPROVAL = {"approval:approval", "approval:approval:readonly"}


def token_of(feishu, body) -> dict:
    answer = requests.post(f"{feishu.base}/{TOKEN}", json=body, timeout=5)
    assert answer.status_code == 200
    assert answer.headers["X-Tt-Logid"]
    return answer.json()


def scopes(feishu, **order):
    answer = feishu.control("scopes", {"provider": "feishu"} | order)
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_a_token_stands_at_the_top_level_and_is_given_again(feishu):
    first = token_of(feishu, GOOD)
    assert set(first) == {"code", "msg", "expire", "tenant_access_token"}
    assert (first["code"], first["msg"]) == (0, "ok")
    assert first["tenant_access_token"].startswith("t-")
    assert 7190 <= first["expire"] <= 7200
    assert token_of(feishu, GOOD)["tenant_access_token"] == first["tenant_access_token"]


def test_with_less_than_half_an_hour_left_a_new_token_comes_and_both_are_good(feishu):
    feishu.control("rules", {"token_seconds": 1799})
    first, second = (token_of(feishu, GOOD) for _ in range(2))
    assert first["tenant_access_token"] != second["tenant_access_token"]
    assert first["expire"] <= 1799
    for token in (first, second):
        answer = feishu.api("GET", "bot/v3/info", token=token["tenant_access_token"])
        assert answer.json()["bot"]["open_id"].startswith("ou_")


@pytest.mark.parametrize(("body", "code", "message"), [
    ({}, 10003, "invalid param"), ([], 10003, "invalid param"),
    ({"app_id": FEISHU_APP_ID}, 10003, "invalid param"),
    (GOOD | {"app_id": 5}, 10003, "invalid param"),
    (GOOD | {"app_id": "cli_unheard"}, 10014, "app id not exists"),
    (GOOD | {"app_secret": "wrong"}, 10014, "app secret invalid"),
    ({"app_id": DEFAULT_APP_KEY, "app_secret": DEFAULT_APP_SECRET}, 10014, "app id not exists"),
])
def test_bad_credentials_are_refused_with_http_200(feishu, body, code, message):
    answer = token_of(feishu, body)
    assert (answer["code"], answer["msg"]) == (code, message)
    assert "tenant_access_token" not in answer


def test_feishus_app_is_nobody_at_dingtalk(sandbox):
    answer = requests.post(f"{sandbox.base}/v1.0/oauth2/accessToken", timeout=5,
                           json={"appKey": FEISHU_APP_ID, "appSecret": FEISHU_APP_SECRET})
    assert answer.json()["code"] == "invalidClientIdOrSecret"


@pytest.mark.parametrize(("header", "code"), [
    ("", 99991661), ("Bearer ", 99991661), ("Basic t-1", 99991661), ("Bearer x-1", 99991671),
    ("Bearer t-unheard", 99991663), ("Bearer a-unheard", 99991663), ("Bearer u-1", 99991668),
])
def test_tokens_that_are_none(feishu, header, code):
    answer = requests.get(f"{feishu.base}/open-apis/bot/v3/info", timeout=5,
                          headers={"Authorization": header})
    assert (answer.status_code, answer.json()["code"]) == (400, code)
    assert answer.json()["error"]["log_id"] == answer.headers["X-Tt-Logid"]


def test_an_app_token_is_no_tenant_token(feishu):
    answer = requests.post(f"{feishu.base}/open-apis/auth/v3/app_access_token/internal", json=GOOD,
                           timeout=5).json()
    assert feishu.api("GET", "bot/v3/info", token=answer["tenant_access_token"]).json()["code"] == 0
    refused = feishu.api("GET", "bot/v3/info", token=answer["app_access_token"])
    assert refused.json()["code"] == 99991663


def test_revoked_and_expired_tokens_are_refused_and_replaced(feishu):
    old = feishu.token()
    feishu.control("apps", {"provider": "feishu", "revoke_tokens": True})
    assert feishu.code("GET", "bot/v3/info", token=old) == 99991663
    feishu.control("rules", {"token_seconds": 0.05})
    late = feishu.token()
    time.sleep(0.06)
    assert feishu.code("GET", "bot/v3/info", token=late) == 99991663
    assert feishu.token() not in (old, late)


def test_unknown_paths_and_methods_are_refused_in_the_envelope(feishu):
    answer = requests.get(f"{feishu.base}/open-apis/no/such", timeout=5)
    assert (answer.status_code, answer.json()["code"]) == (404, 99991201)
    answer = requests.get(f"{feishu.base}/{TOKEN}", timeout=5)
    assert (answer.status_code, answer.json()["code"]) == (405, 99991301)
    assert answer.headers["X-Tt-Logid"]


@pytest.mark.parametrize(("method", "path", "needed"), [
    ("POST", "contact/v3/users/batch_get_id", {"contact:user.id:readonly"}),
    ("GET", "contact/v3/users/ou_x", {"contact:contact.base:readonly"}),
    ("GET", "contact/v3/users/batch", {"contact:contact.base:readonly"}),
    ("POST", "approval/v4/approvals", {"approval:approval", "approval:definition"}),
    ("GET", "approval/v4/approvals/X", APPROVAL | {"approval:definition"}),
    ("POST", "approval/v4/approvals/X/subscribe", {"approval:approval", "approval:definition"}),
    ("POST", "approval/v4/instances", {"approval:approval", "approval:instance"}),
    ("GET", "approval/v4/instances/X", APPROVAL | {"approval:instance"}),
    ("GET", "approval/v4/instances", APPROVAL | {"approval:instance"}),
    ("POST", "approval/v4/instances/cancel", APPROVAL | {"approval:instance"}),
    ("POST", "approval/v4/instances/preview", {"approval:approval:readonly"}),
    ("POST", "approval/v4/instances/query", {"approval:approval.list:readonly"}),
    ("POST", "approval/v4/tasks/search",
     {"approval:approval:readonly", "approval:approval.list:readonly"}),
    ("POST", "approval/v4/tasks/approve", APPROVAL | {"approval:task"}),
    ("POST", "approval/v4/tasks/reject", APPROVAL | {"approval:task"}),
    ("POST", "approval/v4/tasks/transfer", APPROVAL | {"approval:task"}),
    ("POST", "approval/v4/instances/X/comments",
     {"approval:approval", "approval:instance.comment"}),
])
def test_each_api_needs_one_of_its_scopes_before_it_looks_at_parameters(
    feishu, method, path, needed
):
    scopes(feishu, revoke=sorted(needed))
    answer = feishu.api(method, path, {})
    error = answer.json()["error"]
    assert (answer.status_code, answer.json()["code"]) == (400, 99991672)
    assert {one["subject"] for one in error["permission_violations"]} == needed
    assert error["helps"][0]["url"].startswith(
        f"https://open.feishu.cn/app/{FEISHU_APP_ID}/auth?q=")
    for scope in needed:
        scopes(feishu, grant=[scope])
        assert feishu.api(method, path, {}).json()["code"] != 99991672
        scopes(feishu, revoke=[scope])


def test_a_scope_in_an_unpublished_version_counts_for_nothing(feishu):
    scopes(feishu, revoke=["contact:user.id:readonly"])
    told = scopes(feishu, grant=["通过手机号或邮箱获取用户 ID"], published=False)
    assert told["unpublished"] == ["contact:user.id:readonly"]
    assert feishu.code("POST", "contact/v3/users/batch_get_id", {}) == 99991672
    assert scopes(feishu, publish=True)["unpublished"] == []
    assert feishu.data("POST", "contact/v3/users/batch_get_id", {}) == {"user_list": []}


def test_user_ids_need_their_own_scope_everywhere(feishu):
    body = {"mobiles": ["13800000002"]}
    path = "contact/v3/users/batch_get_id"
    listed = feishu.data("POST", path, body, user_id_type="user_id")["user_list"]
    assert listed == [{"mobile": "13800000002", "user_id": "lisi"}]
    scopes(feishu, revoke=["contact:user.employee_id:readonly"])
    assert feishu.code("POST", path, body, user_id_type="user_id") == 99991672
    assert feishu.data("POST", path, body)["user_list"][0]["user_id"].startswith("ou_")
    assert feishu.code("POST", path, body, user_id_type="email") == 99992402


@pytest.mark.parametrize(("rule", "path"), [
    ("feishu_per_minute", "approval/v4/approvals/X"), ("feishu_t4_per_minute", "bot/v3/info"),
    ("feishu_t4_per_second", "bot/v3/info"),
])
def test_too_many_calls_are_refused_with_the_seconds_to_wait(feishu, rule, path):
    feishu.control("rules", {rule: 3})
    token = feishu.token()
    answers = [feishu.api("GET", path, token=token) for _ in range(4)]
    assert [answer.status_code == 429 for answer in answers] == [False, False, False, True]
    refused = answers[3]
    assert refused.json()["code"] == 99991400
    assert refused.headers["x-ogw-ratelimit-limit"] == "3"
    seconds = 1 if rule.endswith("second") else 60
    assert seconds - 5 <= int(refused.headers["x-ogw-ratelimit-reset"]) <= seconds


def test_limits_are_counted_by_api_and_app_and_forgotten_at_a_reset(feishu):
    feishu.control("rules", {"feishu_per_minute": 1})
    assert feishu.code("GET", "approval/v4/approvals/X") == 1390002
    assert feishu.code("GET", "approval/v4/approvals/Y") == 99991400
    assert feishu.code("GET", "approval/v4/instances") == 99992402  # another API
    feishu.control("apps", {"provider": "feishu", "app_key": "cli_two", "app_secret": "s"})
    other = feishu.token("cli_two", "s")
    assert feishu.code("GET", "approval/v4/approvals/X", token=other) == 1390002
    feishu.control("reset", {})
    feishu.control("rules", {"feishu_per_minute": 1})
    assert feishu.code("GET", "approval/v4/approvals/X") == 1390002


def test_a_seconds_limit_is_over_after_a_second(feishu):
    feishu.control("rules", {"feishu_t4_per_second": 1})
    token = feishu.token()
    assert feishu.api("GET", "bot/v3/info", token=token).status_code == 200
    assert feishu.api("GET", "bot/v3/info", token=token).status_code == 429
    time.sleep(1.05)
    assert feishu.api("GET", "bot/v3/info", token=token).status_code == 200


def test_the_tiers_are_as_documented(feishu):
    feishu.control("reset", {})
    rules = feishu.control("rules").json()
    assert (rules["feishu_per_minute"], rules["feishu_t4_per_minute"],
            rules["feishu_t4_per_second"]) == (100, 1000, 50)


def test_the_months_quota_is_feishus_own(feishu, sandbox):
    feishu.control("rules", {"feishu_monthly_quota": 1})
    assert feishu.api("GET", "bot/v3/info").status_code == 200
    assert feishu.code("GET", "bot/v3/info") == 99991403
    assert feishu.control("calls").json()["counted"] == 0  # that is DingTalk's count
    assert sandbox.api("GET", "workflow/processInstances").json()["code"] == "invalidParameter"
