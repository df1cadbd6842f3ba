"""What recorded and documented error bodies become: one kind each, with the platform's words."""

import json

import pytest

from portal.blueprints.dingtalk import codes
from portal.blueprints.dingtalk.code_table import ROWS
from portal.kit.errors import Kind, ProviderError
from tests.dingtalk.conftest import Adapter
from tests.raw_servers import RawServer, answer

TOKEN = answer(b'{"accessToken":"given-token","expireIn":7200}')
DENIED = "Forbidden.AccessDenied."
NO_SCOPE = DENIED + "AccessTokenPermissionDenied"
QPS = DENIED + "QpsLimitForAppkeyAndApi"
QUOTA = DENIED + "ApiCountLimitForOrg"


class FarSide:
    """Gives tokens, and this answer to everything else."""

    def __init__(self, body, status="400 Bad Request", *headers):
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.said = answer(data, status, *headers)
        self.server = RawServer(self._script)
        self.adapter = Adapter(self.server.url)

    def _script(self, sock, request):
        is_token = b"/oauth2/accessToken" in request
        sock.sendall(TOKEN if is_token else self.said)

    def refuses(self, call) -> ProviderError:
        with self.server, pytest.raises(ProviderError) as caught:
            call(self.adapter.client())
        return caught.value


def start(client):
    return client.start_instance("PROC-1", "a", ["b"], [])


def by_phone(client):
    return client.user_ids_by_mobile("13800000001")


def api_error(code, message="原文", **more):
    return {"requestid": "01A0-1", "code": code, "message": message} | more


@pytest.mark.parametrize(
    ("code", "status", "kind"),
    [
        ("invalidClientIdOrSecret", "400 Bad", Kind.CREDENTIALS),
        (NO_SCOPE, "403 Forbidden", Kind.PERMISSION),
        (DENIED + "IpNotInWhiteList", "403 Forbidden", Kind.PERMISSION),
        (QPS, "403 Forbidden", Kind.RETRY),
        (DENIED + "QpmLimitForAppkeyAndApi", "403 Forbidden", Kind.RETRY),
        (DENIED + "QpsLimitForApi", "403 Forbidden", Kind.RETRY),
        (QUOTA, "403 Forbidden", Kind.QUOTA),
        ("formConverterError", "400 Bad", Kind.REFUSED),
        ("processInstanceInvalidParameter", "400 Bad", Kind.REFUSED),
        ("processCodeError", "400 Bad", Kind.NOT_FOUND),
        ("internalError", "400 Bad", Kind.UNKNOWN_OUTCOME),
        ("sysErrror", "400 Bad", Kind.UNKNOWN_OUTCOME),
        ("processInstanceStartFailed", "400 Bad", Kind.UNKNOWN_OUTCOME),
        ("processGetFailed", "400 Bad", Kind.UNKNOWN_OUTCOME),
        ("systemError", "500 Oops", Kind.UNKNOWN_OUTCOME),
        ("formConverterError", "500 Oops", Kind.UNKNOWN_OUTCOME),
        (QPS, "503 Busy", Kind.UNKNOWN_OUTCOME),
        ("a.code.of.tomorrow", "400 Bad", Kind.REFUSED),
        ("a.code.of.tomorrow", "200 OK", Kind.REFUSED),
    ],
)
def test_a_word_of_the_new_api(code, status, kind):
    error = FarSide(api_error(code), status).refuses(start)
    assert (error.code, error.kind, error.message) == (code, kind, "原文")
    assert error.provider == "dingtalk"


@pytest.mark.parametrize(
    ("errcode", "kind"),
    [
        (60121, Kind.NOT_FOUND), ("60121", Kind.NOT_FOUND), (40104, Kind.NOT_FOUND),
        (33012, Kind.NOT_FOUND), (60011, Kind.PERMISSION), (50002, Kind.PERMISSION),
        (60020, Kind.PERMISSION), (50003, Kind.CREDENTIALS), (90018, Kind.RETRY),
        (90002, Kind.RETRY), (90020, Kind.QUOTA), (-1, Kind.RETRY), (400002, Kind.REFUSED),
        (22, Kind.REFUSED), (123456, Kind.REFUSED),
    ],
)  # fmt: skip
def test_a_number_of_the_old_api(errcode, kind):
    error = FarSide({"errcode": errcode, "errmsg": "原文"}, "200 OK").refuses(by_phone)
    assert (error.code, error.kind, error.message) == (str(errcode), kind, "原文")


def test_88_is_a_wrapper():
    """Trap 18: 88 is no bad token by itself."""
    body = {
        "errcode": 88, "sub_code": "60011",
        "sub_msg": "应用尚未开通所需的权限：[qyapi_get_member_by_mobile]，点击链接申请并开通即可："
        "https://open-dev.dingtalk.com/appscope/apply?content=dingabc%23qyapi_get_member_by_mobile",
        "errmsg": "ding talk error[subcode=60011,…]",
    }  # fmt: skip
    far = FarSide(body, "200 OK")
    error = far.refuses(by_phone)
    assert (error.code, error.kind) == ("60011", Kind.PERMISSION)
    assert error.scopes == ("qyapi_get_member_by_mobile",)
    assert error.apply_url == (
        "https://open-dev.dingtalk.com/appscope/apply?content=dingabc%23qyapi_get_member_by_mobile"
    )
    assert len(far.server.requests) == 2, "a missing permission is no reason for a new token"


@pytest.mark.parametrize("capital", [False, True])
def test_a_missing_scope_of_the_new_api_is_named_with_its_link(capital):
    body = {
        "code": NO_SCOPE, "message": "没有调用该接口的权限",
        "accessdenieddetail": {"requiredScopes": ["Workflow.Instance.Write"]},
    }  # fmt: skip
    if capital:
        body = {
            "Code": body["code"], "Message": body["message"],
            "AccessDeniedDetail": body["accessdenieddetail"],
        }  # fmt: skip
    error = FarSide(body, "403 Forbidden").refuses(start)
    assert error.scopes == ("Workflow.Instance.Write",)
    assert error.apply_url.startswith("https://open-dev.dingtalk.com/appscope/apply?content=")
    assert error.apply_url.endswith("%23Workflow.Instance.Write")
    sentence, cure = codes.explain(error)
    assert "工作流实例写权限" in sentence
    assert "权限管理" in cure


def test_no_link_of_another_host_is_passed_on():
    message = "应用尚未开通所需的权限：[x.y]，https://evil.example/appscope/apply?content=1"
    error = FarSide(api_error(NO_SCOPE, message), "403 Forbidden").refuses(start)
    assert error.apply_url.startswith("https://open-dev.dingtalk.com/")


@pytest.mark.parametrize(
    ("kind", "far"),
    [
        # Such a page may be anybody's in between, and the call may have gone through.
        (Kind.UNKNOWN_OUTCOME, (b"<html>banned</html>", "200 OK")),
        (Kind.UNKNOWN_OUTCOME, (b"\n <!DOCTYPE html>", "200 OK")),
        (Kind.UNKNOWN_OUTCOME, (b"busy", "200 OK", "Content-Type: text/html")),
        (Kind.RETRY, ({"status": 1111, "wait": 5, "source": "x5", "punish": "deny"}, "200 OK")),
        (Kind.RETRY, ({"status": "1111", "wait": 5}, "403 Forbidden")),
        (Kind.RETRY, (b"<html>", "403 Forbidden")),
    ],
)
def test_an_ip_ban_is_known_by_its_shape(kind, far):
    """Row N11: no parse error, and nothing in doubt for ever."""
    error = FarSide(*far).refuses(start)
    assert (error.kind, error.throttled, error.retry_after) == (kind, True, 300)


def test_a_throttle_says_how_long_and_stops_the_whole_app():
    """Row N10."""
    error = FarSide(api_error(QPS), "403 Forbidden").refuses(start)
    assert (error.throttled, error.retry_after) == (True, 1)
    by_words = FarSide(api_error(NO_SCOPE, "触发Qps流控"), "403 F").refuses(start)
    assert (by_words.kind, by_words.throttled) == (Kind.RETRY, True)
    named = FarSide(b"slow down", "429 Too Many", "Retry-After: 52").refuses(start)
    assert (named.kind, named.throttled, named.retry_after) == (Kind.RETRY, True, 52)


@pytest.mark.parametrize(
    "body",
    [
        b"{", b"", b"[]", b"null", b"7", {}, {"instanceId": ""}, {"instanceId": None},
        {"instanceId": ["a"]}, {"instanceid": "a"}, {"success": True}, b'{"instanceId": NaN}',
    ],
)  # fmt: skip
def test_a_success_without_the_expected_field_is_in_doubt(body):
    """Row N7 and fact sheet 0.1: not every 2xx is a success."""
    error = FarSide(body, "200 OK").refuses(start)
    assert error.kind is Kind.UNKNOWN_OUTCOME


def test_a_wrong_path_answers_200_and_is_refused():
    error = FarSide({"errcode": 404, "errmsg": "请求的URI地址不存在"}, "200 OK").refuses(start)
    assert (error.code, error.kind, error.message) == ("404", Kind.REFUSED, "请求的URI地址不存在")


def test_quoted_numbers_and_booleans_are_read():
    body = {"errcode": "0", "errmsg": "ok", "result": {"userid": "u1"}}
    with FarSide(body, "200 OK").server as server:
        assert Adapter(server.url).client().user_ids_by_mobile("13800000001") == ["u1"]
    with FarSide({"result": "true", "success": "true"}, "200 OK").server as server:
        assert Adapter(server.url).client().comment("i", "u", "t") is None


def test_an_act_answered_with_false_is_in_doubt():
    error = FarSide({"result": False, "success": True}, "200 OK").refuses(
        lambda client: client.comment("i", "u", "t")
    )
    assert (error.code, error.kind) == ("not_accepted", Kind.UNKNOWN_OUTCOME)


def test_what_we_sent_is_not_quoted_back():
    message = "bad token given-token of sandbox-secret-of-the-first-app"
    error = FarSide(api_error("x", message), "400 Bad").refuses(start)
    assert "given" not in error.message
    assert "sandbox-secret" not in error.message


def test_counted_calls_are_counted_when_they_reached_the_wire():
    far = FarSide({"errcode": 60121, "errmsg": "x"}, "200 OK")
    far.refuses(by_phone)
    assert far.adapter.counted == [], "the address book is free"
    far = FarSide(api_error("internalError"))
    far.refuses(start)
    assert far.adapter.counted == ["start"]
    gone = Adapter("http://127.0.0.1:1")
    with pytest.raises(ProviderError):
        start(gone.client())
    assert gone.counted == []


def test_every_row_has_a_sentence_and_a_cure_and_no_code_stands_twice():
    seen = [code.lower() for row in ROWS for code in row.codes.split()]
    assert len(seen) == len(set(seen))
    for row in ROWS:
        error = ProviderError("dingtalk", row.codes.split()[0], "原文", row.kind)
        sentence, cure = codes.explain(error)
        assert len(sentence) > 5, row.codes
        assert len(cure) > 8, row.codes


def test_an_unlisted_code_is_shown_whole():
    error = ProviderError("dingtalk", "a.code.of.tomorrow", "明天的原因", Kind.REFUSED)
    sentence, cure = codes.explain(error)
    assert "a.code.of.tomorrow" in sentence
    assert "明天的原因" in sentence
    assert cure
