"""The access token: fetched once, kept, renewed when refused, never in a loop."""

import threading

import pytest

from portal.kit.errors import Kind, ProviderError
from tests.dingtalk.conftest import Adapter
from tests.raw_servers import RawServer, answer

TOKEN_PATH = "POST /v1.0/oauth2/accessToken"


def test_one_token_serves_many_calls(sandbox, adapter):
    """Pitfall 23: a new token for each call uses up the limits."""
    for _ in range(3):
        adapter.client().user_ids_by_mobile("13800000001")
    assert sandbox.paths()[TOKEN_PATH] == 1


def test_a_refused_token_is_fetched_anew_once_and_the_call_repeated(sandbox, adapter):
    """Row N14, on both hosts."""
    adapter.client().user("lisi")
    sandbox.post("/apps", revoke_tokens=True)
    assert adapter.client().user("lisi").name == "李四"
    sandbox.post("/apps", revoke_tokens=True)
    with pytest.raises(ProviderError) as caught:
        adapter.client().instance("nothing")
    assert caught.value.kind is Kind.NOT_FOUND
    assert sandbox.paths()[TOKEN_PATH] == 3


@pytest.mark.parametrize(
    ("call", "path"),
    [
        (lambda client: client.user("lisi"), "/topapi/v2/user/get"),
        (lambda client: client.instance("x"), "/v1.0/workflow/processInstances"),
    ],
)
def test_a_token_that_is_always_refused_ends_after_two_tries(sandbox, adapter, call, path):
    sandbox.fault(path, "token", times=None)
    with pytest.raises(ProviderError) as caught:
        call(adapter.client())
    assert caught.value.kind is Kind.RETRY
    paths = sandbox.paths()
    assert paths[TOKEN_PATH] == 2
    assert sum(count for name, count in paths.items() if path in name) == 2


def test_a_wrong_secret_is_credentials(sandbox):
    wrong = Adapter(sandbox.url, app_secret="wrong")
    with pytest.raises(ProviderError) as caught:
        wrong.client().user("lisi")
    assert (caught.value.kind, caught.value.code) == (Kind.CREDENTIALS, "invalidClientIdOrSecret")


def test_threads_wait_for_one_fetch(sandbox, adapter):
    """Row N15: one fetch at a time."""
    sandbox.fault("accessToken", "delay", seconds=0.3)
    clients = [adapter.client() for _ in range(8)]
    threads = [threading.Thread(target=client.user, args=("lisi",)) for client in clients]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    paths = sandbox.paths()
    assert paths[TOKEN_PATH] == 1
    assert paths["POST /topapi/v2/user/get"] == 8


@pytest.mark.parametrize(
    "said",
    [
        answer(b"{}"), answer(b'{"accessToken":"","expireIn":7200}'), answer(b"{", "200 OK"),
        answer(b'{"accessToken":"a"}'), answer(b'{"accessToken":"a\\r\\nX: y","expireIn":7200}'),
        answer('{"accessToken":"名","expireIn":7200}'.encode()),
        answer(b"oops", "500 Oops"), b"HTTP/1.1 200",
    ],
)  # fmt: skip
def test_without_a_token_the_call_surely_was_not_made(said):
    """Row N15: trouble with the token leaves no card in doubt."""
    with RawServer(lambda sock, _request: sock.sendall(said)) as server:
        adapter = Adapter(server.url)
        with pytest.raises(ProviderError) as caught:
            adapter.client().start_instance("PROC-1", "a", ["b"], [])
    assert caught.value.kind is Kind.RETRY
    assert adapter.counted == []
