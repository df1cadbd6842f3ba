"""What recorded and documented error bodies become: one kind each, with the platform's words."""

import json

import pytest

from portal.blueprints.feishu import codes
from portal.blueprints.feishu.code_table import ROWS
from portal.kit.errors import Kind, ProviderError
from portal.sandbox.seed import FEISHU_APP_SECRET
from tests.feishu.conftest import Adapter
from tests.raw_servers import RawServer, answer

TOKEN = answer(b'{"code":0,"msg":"ok","tenant_access_token":"t-caecc734","expire":7200}')
BAD = "400 Bad Request"
# Every code of the fact sheet's tables.
DOCUMENTED = (
    99991661, 99991663, 99991664, 99991665, 99991668, 99991671, 99991672, 99991662, 99991673,
    99991677, 99991679, 99991400, 99991401, 99991403, 99991201, 99991301, 99992351, 99992352,
    99992353, 99992359, 99992360, 99992361, 99992364, 99992402, 9499, 10003, 10005, 10013, 10014,
    10015, 2200, 60001, 60002, 60003, 60004, 60005, 60006, 60007, 60008, 60009, 60010, 60011,
    60012, 60013, 60014, 65001, 1390001, 1390002, 1390003, 1390004, 1390007, 1390009, 1390010,
    1390013, 1390015, 1390016, 1390018, 1395001, 1395006, 1395210, 41050, 41012, 40001, 40003,
    40004,
)  # fmt: skip


class FarSide:
    """Gives tokens, and this answer to everything else."""

    def __init__(self, body, status=BAD, *headers):
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.said = answer(data, status, *headers)
        self.server = RawServer(self._script)
        self.adapter = Adapter(self.server.url)

    def _script(self, sock, request):
        is_token = b"/tenant_access_token/" in request
        sock.sendall(TOKEN if is_token else self.said)

    def refuses(self, call) -> ProviderError:
        with self.server, pytest.raises(ProviderError) as caught:
            call(self.adapter.client())
        return caught.value


def start(client):
    return client.create_instance({"uuid": "k"})


def failure(code, msg="原文", **error):
    return {"code": code, "msg": msg} | ({"error": error} if error else {})


@pytest.mark.parametrize(
    ("code", "status", "kind"),
    [
        (10003, "200 OK", Kind.CREDENTIALS), (10014, "200 OK", Kind.CREDENTIALS),
        (10012, BAD, Kind.CREDENTIALS), (10015, BAD, Kind.CREDENTIALS),
        (99991662, BAD, Kind.CREDENTIALS), (99991673, BAD, Kind.CREDENTIALS),
        (99991672, BAD, Kind.PERMISSION), (99991401, "403 Forbidden", Kind.PERMISSION),
        (99991403, BAD, Kind.QUOTA), (99991400, BAD, Kind.RETRY), (99991400, "200 OK", Kind.RETRY),
        (99991201, "404 Not Found", Kind.REFUSED), (99992402, BAD, Kind.REFUSED),
        (9499, BAD, Kind.REFUSED), (2200, BAD, Kind.UNKNOWN_OUTCOME),
        (1395001, BAD, Kind.UNKNOWN_OUTCOME), (65001, "200 OK", Kind.UNKNOWN_OUTCOME),
        (60014, BAD, Kind.RETRY), (60012, BAD, Kind.REFUSED), (60006, BAD, Kind.REFUSED),
        (60002, BAD, Kind.NOT_FOUND), (1390002, BAD, Kind.NOT_FOUND),
        (1390003, BAD, Kind.NOT_FOUND), (1390004, BAD, Kind.NOT_FOUND),
        (1390009, "403 Forbidden", Kind.REFUSED), (1390015, BAD, Kind.REFUSED),
        (99992361, BAD, Kind.NOT_FOUND), (41050, BAD, Kind.NOT_FOUND),
        ("1390003", BAD, Kind.NOT_FOUND), (7654321, BAD, Kind.REFUSED),
        (7654321, "200 OK", Kind.REFUSED), (-1, BAD, Kind.REFUSED),
        (1390001, "500 Oops", Kind.UNKNOWN_OUTCOME), (99991400, "503 B", Kind.UNKNOWN_OUTCOME),
        (99991672, "502 B", Kind.UNKNOWN_OUTCOME), (0, "500 Oops", Kind.UNKNOWN_OUTCOME),
    ],
)  # fmt: skip
def test_a_code_has_one_kind_whatever_the_status_but_for_a_5xx(code, status, kind):
    """Row N13, trap 20: the body is read first, it may come with any status."""
    error = FarSide(failure(code), status).refuses(start)
    assert (error.code, error.kind, error.message) == (str(code), kind, "原文")
    assert error.provider == "feishu"


def test_a_refusal_of_the_whole_app_is_never_final_for_one_card_only():
    error = FarSide(failure(60014)).refuses(start)
    assert (error.retry_after, error.throttled) == (1, False)


@pytest.mark.parametrize(
    "said",
    [
        {"permission_violations": [{"type": "a", "subject": "approval:approval"},
                                   {"type": "b", "subject": "approval:instance"}]},
        {"permission_violations": [{"scope": "approval:approval", "url": "https://x"},
                                   {"scope": "approval:instance", "url": "https://y"}]},
        {"permission_violations": "odd"},
        {"permission_violations": [{"subject": 7}, {}]},
        {},
    ],
)  # fmt: skip
def test_a_missing_scope_is_named_from_either_shape_or_from_the_words(said):
    """§0: two documented shapes, all members optional; else the message's own list."""
    words = ("Access denied. One of the following scopes is required: "
             "[approval:approval, approval:instance]. 点击链接申请")  # fmt: skip
    error = FarSide(failure(99991672, words, **said)).refuses(start)
    assert error.scopes == ("approval:approval", "approval:instance")
    sentence, cure = codes.explain(error)
    assert "「查看、创建、更新审批应用相关信息」(approval:approval) 或 " in sentence
    assert "发布" in cure


@pytest.mark.parametrize(
    ("url", "is_taken"),
    [
        ("https://open.feishu.cn/app/cli_x/auth?q=approval:approval&op_from=openapi", True),
        ("https://open.larksuite.com/app/cli_x/auth?q=a:b", True),
        ("http://open.feishu.cn/app/cli_x/auth", False),
        ("https://open.feishu.cn.evil.example/app", False),
        ("https://evil.example/https://open.feishu.cn/", False),
        ("https://a@open.feishu.cn/app", False),
        ("https://open.feishu.cn:8443/app", False),
        ('https://open.feishu.cn/app" onclick="x', False),
        ("https://open.feishu.cn/app\r\nX: y", False),
        ("javascript:alert(1)", False),
        ("https://[", False),
        (7, False),
        (None, False),
    ],
)
def test_only_the_consoles_own_page_is_passed_on(url, is_taken):
    error = FarSide(failure(99991672, "x", helps=[{"url": url}])).refuses(start)
    assert error.apply_url == (url if is_taken else None)


def test_a_wrong_field_is_said():
    error = FarSide(
        failure(99992402, "field validation failed",
                field_violations=[{"field": "uuid", "description": "the max len is 64"}])
    ).refuses(start)  # fmt: skip
    assert error.message == "field validation failed（uuid：the max len is 64）"


@pytest.mark.parametrize(
    ("status", "headers", "wait"),
    [
        ("429 Too Many Requests", ("x-ogw-ratelimit-limit: 100", "x-ogw-ratelimit-reset: 52"), 52),
        ("400 Bad Request", ("X-Ogw-Ratelimit-Reset: 3",), 3),
        ("429 Too Many Requests", (), 5),
        ("429 Too Many Requests", ("x-ogw-ratelimit-reset: soon",), 5),
        ("429 Too Many Requests", ("x-ogw-ratelimit-reset: -1",), 5),
        ("429 Too Many Requests", ("x-ogw-ratelimit-reset: 99999999",), 300),
    ],
)
def test_a_throttle_says_how_long_and_stops_the_whole_app(status, headers, wait):
    """Row N10."""
    body = failure(99991400, "request trigger frequency limit")
    error = FarSide(body, status, *headers).refuses(start)
    assert (error.kind, error.throttled, error.retry_after) == (Kind.RETRY, True, wait)


def test_any_429_is_a_throttle():
    for body in (b"slow down", b"<html>slow down</html>", failure(1, "x"), {}):
        error = FarSide(body, "429 T", "x-ogw-ratelimit-reset: 7").refuses(start)
        assert (error.kind, error.throttled, error.retry_after) == (Kind.RETRY, True, 7)
        assert codes.explain(error)[1]


@pytest.mark.parametrize(
    ("status", "kind", "code"),
    [
        ("200 OK", Kind.UNKNOWN_OUTCOME, "html_page"),
        ("403 Forbidden", Kind.REFUSED, "http_403"),
        ("404 Not Found", Kind.REFUSED, "http_404"),
        ("502 Bad Gateway", Kind.UNKNOWN_OUTCOME, "http_502"),
    ],
)
def test_a_web_page_is_shown_as_what_it_is(status, kind, code):
    page = "<html><head><title>上网\n认证</title></head></html>".encode()
    error = FarSide(page, status).refuses(start)
    assert (error.kind, error.code) == (kind, code)
    assert "网页「上网 认证」" in error.message
    assert "<" not in error.message
    assert FarSide(b"<html>", "200 OK").refuses(start).code == "html_page"


@pytest.mark.parametrize(
    "body",
    [
        b"{", b"", b"[]", b"null", b"7", {}, {"code": 0}, {"code": 0, "data": {}},
        {"code": 0, "data": {"instance_code": ""}}, {"code": 0, "data": {"instance_code": None}},
        {"code": 0, "data": {"instance_code": ["a"]}}, {"code": 0, "data": []}, {"msg": "ok"},
        {"code": None}, {"code": True, "data": {"instance_code": "a"}},
        b'{"code": 0, "data": {"instance_code": NaN}}',
        b'{"code": 0, "code": 1, "data": {"instance_code": "a"}}',
    ],
)  # fmt: skip
def test_a_success_without_the_expected_field_is_in_doubt(body):
    """Row N7: not every 200 is a success."""
    error = FarSide(body, "200 OK").refuses(start)
    assert (error.kind, error.code) == (Kind.UNKNOWN_OUTCOME, "unreadable")


def test_a_success_with_a_4xx_is_no_success():
    error = FarSide({"code": 0, "data": {"instance_code": "a"}}).refuses(start)
    assert error.kind is Kind.UNKNOWN_OUTCOME


def test_a_quoted_code_is_read():
    far = FarSide({"code": "0", "data": {"instance_code": "a"}}, "200 OK")
    with far.server:
        assert start(far.adapter.client()) == "a"


def test_what_we_sent_is_not_quoted_back():
    message = f"bad token t-caecc734 of {FEISHU_APP_SECRET}"
    error = FarSide(failure(1, message)).refuses(start)
    assert error.message == "bad token *** of ***"


def test_every_exchange_that_reached_the_wire_is_counted():
    """Whether approval calls are exempt from the monthly total is not documented: all count."""
    far = FarSide(failure(1395001))
    far.refuses(start)
    assert far.adapter.counted == ["token", "start"]
    far = FarSide({"code": 0, "data": {"user_list": []}}, "200 OK")
    with far.server:
        far.adapter.client().ids_of(["13800000001"])
    assert far.adapter.counted == ["token", "batch_get_id"]
    gone = Adapter("http://127.0.0.1:1")
    with pytest.raises(ProviderError):
        start(gone.client())
    assert gone.counted == []


def test_every_row_has_a_sentence_and_a_cure_and_no_code_stands_twice():
    seen = [code for row in ROWS for code in row.codes.split()]
    assert len(seen) == len(set(seen))
    for row in ROWS:
        error = ProviderError("feishu", row.codes.split()[0], "原文", row.kind)
        sentence, cure = codes.explain(error)
        assert len(sentence) > 5, row.codes
        assert len(cure) > 8, row.codes


@pytest.mark.parametrize("code", DOCUMENTED)
def test_every_documented_code_has_its_row(code):
    assert codes.row_of(str(code)) is not None


def test_an_unlisted_code_is_shown_whole():
    error = ProviderError("feishu", "7654321", "明天的原因", Kind.REFUSED)
    sentence, cure = codes.explain(error)
    assert "7654321" in sentence
    assert "明天的原因" in sentence
    assert cure
