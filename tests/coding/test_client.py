"""How a token calls: where to, under which scheme, and that an unasked address is not called."""

from __future__ import annotations

import json

import pytest

from portal.blueprints.coding.client import CodingClient
from portal.blueprints.coding.issue_pages import base_of, url_of
from portal.blueprints.coding.schemes import SchemeMemory, bare
from portal.blueprints.coding.transport import api_url
from portal.domain.tracker import Kind, ProviderError
from portal.kit.http import Deadline
from portal.kit.outside import Outside
from portal.kit.tokens import TokenCache
from portal.sandbox.seed import CODING_TOKEN
from tests.canary import Canary
from tests.coding.conftest import Adapter, calls, order
from tests.raw_servers import RawServer, answer

pytestmark = pytest.mark.usefixtures("context")


@pytest.mark.parametrize(
    ("address", "url"),
    [
        ("https://g-1.coding.net", "https://g-1.coding.net/open-api"),
        ("https://g-1.coding.net/", "https://g-1.coding.net/open-api"),
        ("https://g-1.coding.net/open-api", "https://g-1.coding.net/open-api"),
        ("https://corp/coding", "https://corp/coding/open-api"),
    ],
)
def test_the_interface_is_below_the_address(address, url):
    assert api_url(address) == url


def test_the_address_may_hold_the_path_already(sandbox):
    issue = Adapter(sandbox.url + "/open-api")().create(order())
    assert issue.url == f"{sandbox.url}/p/shop/all/issues/1"


@pytest.mark.parametrize(
    "pasted", ["{}", " {} ", "token {}", "Token {}", "Bearer {}", "bearer  {}\n"]
)
def test_a_scheme_that_was_pasted_along_is_taken_off(sandbox, pasted):
    assert bare(pasted.format(CODING_TOKEN)) == CODING_TOKEN
    assert Adapter(sandbox.url, pasted.format(CODING_TOKEN))().create(order()).number


@pytest.mark.parametrize("accepted", ["token", "Bearer"])
def test_the_other_scheme_is_tried_once_and_what_worked_is_kept(adapter, sandbox, accepted):
    sandbox.post("/rules", coding_schemes=[accepted])
    client = adapter.client()
    client.current_user()
    assert client.scheme == accepted
    first = len(calls(sandbox))
    assert first == (1 if accepted == "token" else 2)
    adapter.client().current_user()
    assert len(calls(sandbox)) == first + 1


def test_a_bad_token_is_tried_under_both_and_never_a_third_time(adapter, sandbox):
    adapter.token = "wrong-token-0001"
    with pytest.raises(ProviderError) as caught:
        adapter.client().current_user()
    assert caught.value.kind is Kind.CREDENTIALS
    assert calls(sandbox) == ["DescribeCodingCurrentUser"] * 2


def test_a_bare_401_is_repeated_too(adapter, sandbox):
    sandbox.post("/rules", coding_schemes=["Bearer"], coding_auth_status=401)
    assert adapter.client().current_user().name


def test_an_unknown_outcome_is_never_repeated(adapter, sandbox):
    sandbox.fault("CreateIssue", "lost_after")
    with pytest.raises(ProviderError) as caught:
        adapter(timeout=2).create(order())
    assert caught.value.kind is Kind.UNKNOWN_OUTCOME
    assert len(sandbox.get("/issues")["issues"]) == 1


def test_a_missing_permission_is_named(adapter, sandbox):
    sandbox.post("/scopes", provider="coding", revoke=["collaboration:issue:rw"])
    with pytest.raises(ProviderError) as caught:
        adapter().create(order())
    error = caught.value
    assert (error.kind, error.scopes) == (Kind.PERMISSION, ("collaboration:issue:rw",))
    assert "「项目协同（读写）」(collaboration:issue:rw)" in adapter().explain(error)[0]


@pytest.mark.parametrize("token", ["名", "a b", "", "a\nb: c", "x" * 20 + "\x7f"])
def test_a_token_that_cannot_stand_in_a_header_makes_no_call(token):
    canary = Canary()
    with pytest.raises(ProviderError) as caught:
        Adapter(f"http://127.0.0.1:{canary.port}", token).client().current_user()
    assert caught.value.kind is Kind.CREDENTIALS
    assert canary.connections() == 0


def test_an_address_that_is_not_allowed_is_not_connected():
    canary = Canary()
    client = CodingClient(
        f"http://127.0.0.1:{canary.port}",
        CODING_TOKEN,
        deadline=Deadline(10),
        timeout=2,
        outside=Outside(),
        schemes=SchemeMemory(),
    )
    with pytest.raises(ProviderError) as caught:
        client.current_user()
    assert (caught.value.code, caught.value.kind) == ("address", Kind.REFUSED)
    assert canary.connections() == 0


def test_the_throttle_of_the_platform_is_the_whole_apps(adapter, sandbox):
    sandbox.fault("CreateIssue", "qps")
    with pytest.raises(ProviderError) as caught:
        adapter().create(order())
    assert (caught.value.kind, caught.value.throttled) == (Kind.RETRY, True)


class SharedHost:
    """A client whose address is every team's; team_host is asked over the wire elsewhere."""

    address, key, deadline = "https://e.coding.net", "k", Deadline(5)

    def __init__(self, host: str | ProviderError) -> None:
        self.asked, self._host = 0, host

    def team_host(self) -> str:
        self.asked += 1
        if isinstance(self._host, ProviderError):
            raise self._host
        return self._host


def test_on_the_shared_host_the_teams_own_is_asked_for_once():
    client, hosts = SharedHost("g-1.coding.net"), TokenCache()
    for _time in range(3):
        assert base_of(client, hosts) == "https://g-1.coding.net"
    assert client.asked == 1
    client = SharedHost(ProviderError("coding", "x", "x", Kind.PERMISSION))
    assert base_of(client, TokenCache()) == ""
    assert url_of("", "shop", 1) == ""


@pytest.mark.parametrize(
    ("said", "host"),
    [
        ("g-1.coding.net", "g-1.coding.net"),
        ("https://g-1.coding.net/", "g-1.coding.net"),
        ("javascript:alert(1)", None),
        ("https://user@evil", None),
        ("http://g-1.coding.net", None),
        ("", None),
        (None, None),
        ("https://g-1.coding.net/evil", None),
    ],
)
def test_only_a_host_is_taken_for_the_teams_host(said, host):
    body = json.dumps({"Response": {"Data": {"Id": 1, "TeamHost": said}}}).encode()
    with RawServer(lambda sock, _request: sock.sendall(answer(body))) as server:
        client = Adapter(server.url).client()
        if host:
            assert client.team_host() == host
        else:
            with pytest.raises(ProviderError):
                client.team_host()


def test_a_projects_name_cannot_leave_its_place_in_the_address():
    assert url_of("https://g", "a/../b?x", 1) == "https://g/p/a%2F..%2Fb%3Fx/all/issues/1"
    assert url_of("https://g", "名" * 100, 1) == "", "longer than what is kept"
