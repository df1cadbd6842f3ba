"""The tenant's token: fetched once, kept, renewed once when refused, never in a loop."""

import json
import threading

import pytest

from portal.kit.errors import Kind, ProviderError
from tests.feishu.conftest import LISI, Adapter
from tests.raw_servers import RawServer, answer

TOKEN_PATH = "POST /open-apis/auth/v3/tenant_access_token/internal"
REFUSALS = (99991661, 99991663, 99991664, 99991668, 99991671)


def token(value="t-1", expire=7200):
    body = {"code": 0, "msg": "ok", "tenant_access_token": value, "expire": expire}
    return answer(json.dumps(body).encode())


def test_one_token_serves_many_calls(sandbox, adapter):
    """Pitfall 23: a new token for each call uses up the limits."""
    for _ in range(3):
        adapter.client().ids_of(["13800000001"])
    assert sandbox.paths()[TOKEN_PATH] == 1


def test_apps_and_addresses_do_not_share_a_token(sandbox, adapter):
    adapter.client().user(LISI)
    sandbox.post("/apps", provider="feishu", app_key="cli_other", app_secret="x")
    other = Adapter(sandbox.url, "cli_other", "x", tokens=adapter.tokens)
    other.client().ids_of(["13800000001"])
    elsewhere = Adapter(sandbox.url.replace("127.0.0.1", "localhost"), tokens=adapter.tokens)
    elsewhere.client().user(LISI)
    assert sandbox.paths()[TOKEN_PATH] == 3


def test_a_refused_token_is_fetched_anew_once_and_the_call_repeated(sandbox, adapter):
    """Row N14."""
    adapter.client().user(LISI)
    sandbox.post("/apps", provider="feishu", revoke_tokens=True)
    assert adapter.client().user(LISI).open_id == LISI
    assert sandbox.paths()[TOKEN_PATH] == 2


@pytest.mark.parametrize("code", REFUSALS)
def test_a_token_that_is_always_refused_ends_after_two_tries(code):
    """Trap 19: 99991663 also means that the call takes no tenant token at all."""

    def script(sock, request):
        is_token = b"/tenant_access_token/" in request
        refusal = json.dumps({"code": code, "msg": "Invalid access token"}).encode()
        sock.sendall(token() if is_token else answer(refusal, "400 Bad Request"))

    with RawServer(script) as server:
        adapter = Adapter(server.url)
        with pytest.raises(ProviderError) as caught:
            adapter.client().user(LISI)
    assert caught.value.kind is Kind.RETRY
    assert adapter.counted == ["token", "user"] * 2


def test_a_missing_permission_is_no_reason_for_a_new_token(sandbox, adapter):
    sandbox.post("/scopes", provider="feishu", revoke=["contact:contact.base:readonly"])
    with pytest.raises(ProviderError) as caught:
        adapter.client().user(LISI)
    assert caught.value.kind is Kind.PERMISSION
    assert adapter.counted == ["token", "user"]


@pytest.mark.parametrize(("app_id", "secret"), [("cli_sandboxapp000001", "wrong"), ("cli_no", "x")])
def test_a_wrong_secret_is_credentials(sandbox, app_id, secret):
    wrong = Adapter(sandbox.url, app_id, secret)
    with pytest.raises(ProviderError) as caught:
        wrong.client().user(LISI)
    assert caught.value.kind is Kind.CREDENTIALS
    assert "App Secret" in wrong().explain(caught.value)[1]


def test_threads_wait_for_one_fetch(sandbox, adapter):
    """Row N15: one fetch at a time."""
    sandbox.fault("tenant_access_token", "delay", seconds=0.3)
    threads = [
        threading.Thread(target=adapter.client().user, args=(LISI,)) for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    paths = sandbox.paths()
    assert paths[TOKEN_PATH] == 1
    assert paths[f"GET /open-apis/contact/v3/users/{LISI}"] == 8


@pytest.mark.parametrize(
    "said",
    [
        answer(b"{}"), token(""), token(None), token(expire=None), token(expire="soon"),
        token("t\r\nX: y"), token("t 名"), answer(b"{", "200 OK"), answer(b"<html>", "200 OK"),
        answer(b"oops", "500 Oops"), answer(b'{"code":10014,"msg":"x"}', "502 B"), b"HTTP/1.1 200",
        answer(b'{"code":99991400,"msg":"x"}', "429 T"),
    ],
)  # fmt: skip
def test_without_a_token_the_call_surely_was_not_made(said):
    """Row N15: trouble with the token leaves no card in doubt."""
    with RawServer(lambda sock, _request: sock.sendall(said)) as server:
        adapter = Adapter(server.url)
        with pytest.raises(ProviderError) as caught:
            adapter.client().create_instance({})
    assert caught.value.kind is Kind.RETRY
    assert set(adapter.counted) == {"token"}


def test_the_token_goes_into_the_header_and_nowhere_else():
    with RawServer(lambda sock, request: sock.sendall(
        token("t-very-secret") if b"/tenant_access_token/" in request
        else answer(b'{"code":0,"data":{"user_list":[]}}')
    )) as server:  # fmt: skip
        Adapter(server.url).client().ids_of(["13800000001"])
        asked, called = server.requests
    assert b"Authorization" not in asked
    head, _, body = called.partition(b"\r\n\r\n")
    assert b"\r\nAuthorization: Bearer t-very-secret\r\n" in head
    assert b"very-secret" not in head.split(b"\r\n")[0] + body
