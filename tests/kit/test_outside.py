"""Where an address that an admin typed may lead (reliability.md §3.5); a canary counts."""

from __future__ import annotations

import re
import socket

import pytest

from portal.kit import wire
from portal.kit.errors import Kind, ProviderError
from portal.kit.http import NEVER_SENT, Deadline, exchange
from portal.kit.outside import Outside
from portal.kit.typed_urls import UrlRefused
from tests.canary import Canary
from tests.raw_servers import RawServer, answer, says
from tests.ssrf import PAYLOADS, names

NOWHERE = Outside()
PRIVATE = Outside.of(("10.0.0.0/8", "100.64.0.0/10", "fd00::/8"), False)
HERE = Outside.of((), True)
WHOLE = answer(b'{"ok": true}')


def ask(url, rule):
    return exchange(
        "coding", "POST", url, deadline=Deadline(20), timeout=3, json={}, address_rule=rule
    )


@pytest.fixture
def canary():
    made = Canary()
    yield made
    made.close()


def policy(canary, **kwargs) -> Outside:
    """Nothing but the addresses themselves may be what refuses: the canary's port is fine."""
    return Outside(public_ports=frozenset({80, 443, canary.port}), **kwargs)


@pytest.mark.parametrize("payload", PAYLOADS, ids=names())
def test_no_spelling_gets_past_the_form(canary, payload):
    outside = NOWHERE if ":80" in payload else policy(canary)
    with pytest.raises(UrlRefused) as caught:
        outside.check_url(payload.format(port=canary.port))
    assert str(caught.value).endswith("。")


# Without names on the internet, whose scheme, port or path is what the form refuses.
_NAME = re.compile(r"https?://g-1\.coding\.net(:\d+|/.*)?")
INSIDE = tuple(one for one in PAYLOADS if not _NAME.fullmatch(one))


@pytest.mark.parametrize("payload", INSIDE, ids=names(INSIDE))
def test_no_spelling_reaches_the_canary_even_unchecked(canary, payload):
    """The rule of the exchange alone."""
    url = payload.format(port=canary.port)
    with pytest.raises(ProviderError) as caught:
        ask(url, policy(canary).rule(url))
    assert caught.value.code in NEVER_SENT
    assert canary.connections() == 0


def test_without_a_rule_the_canary_counts(canary):
    """The sabotage: what the tests above assert does not hold by itself."""
    url = f"https://127.0.0.1:{canary.port}"
    with pytest.raises(ProviderError):
        ask(url, None)
    assert canary.connections() == 1


class Resolver:
    """A name server that says what it likes, a list a look-up; the last one again and again.

    port: where the addresses are connected, whatever is asked for.
    """

    def __init__(self, monkeypatch, *answers: list[str], port: int | None = None) -> None:
        self._answers, self._port = list(answers), port
        self.asked = 0
        monkeypatch.setattr(wire.socket, "getaddrinfo", self)

    def __call__(self, _host, port, **_kwargs):
        found = self._answers[min(self.asked, len(self._answers) - 1)]
        self.asked += 1
        port = self._port or port
        return [
            (
                socket.AF_INET6 if ":" in one else socket.AF_INET,
                socket.SOCK_STREAM, 6, "", (one, port, 0, 0) if ":" in one else (one, port),
            )
            for one in found
        ]  # fmt: skip


@pytest.mark.parametrize(
    "addresses",
    [
        ["127.0.0.1"],
        ["8.8.8.8", "127.0.0.1"],
        ["127.0.0.1", "8.8.8.8"],
        ["::1", "127.0.0.1"],
        ["::ffff:127.0.0.1"],
        ["0.0.0.0"],
        ["8.8.8.8", "10.0.0.5"],
        ["169.254.169.254"],
    ],
    ids=str,
)
def test_a_name_that_leads_inside_is_not_connected(monkeypatch, canary, addresses):
    Resolver(monkeypatch, addresses)
    url = f"https://localtest.me:{canary.port}"
    assert policy(canary).check_url(url) == url
    with pytest.raises(ProviderError) as caught:
        ask(url, policy(canary).rule(url))
    assert (caught.value.code, caught.value.kind) == ("address", Kind.REFUSED)
    assert canary.connections() == 0


def test_a_name_that_changes_its_mind_gains_nothing(monkeypatch, canary):
    """Public when it is looked up first, this machine the next time."""
    resolver = Resolver(monkeypatch, ["203.0.113.9"], ["127.0.0.1"])
    url = f"https://rebind.example:{canary.port}"
    rule = policy(canary).rule(url)
    codes = []
    for _time in range(2):
        with pytest.raises(ProviderError) as caught:
            ask(url, lambda one: one == "203.0.113.9" or rule(one))
        codes.append(caught.value.code)
    assert codes == ["connect", "address"]
    assert resolver.asked == 2, "one look-up an exchange: what was judged is what is connected"
    assert canary.connections() == 0


def test_a_redirect_inside_is_not_followed(canary):
    for target in ("http://169.254.169.254/latest", f"http://127.0.0.1:{canary.port}/"):
        with RawServer(says(answer(b"", "302 Found", f"Location: {target}"))) as server:
            with pytest.raises(ProviderError) as caught:
                ask(server.url, HERE.rule(server.url))
            assert caught.value.code == "redirect"
    assert canary.connections() == 0


ALLOWED = [
    (NOWHERE, "https://g-1.coding.net", "8.8.8.8"),
    (NOWHERE, "https://g-1.coding.net:8443/base", "8.8.8.8"),
    (NOWHERE, "https://8.8.8.8", "8.8.8.8"),
    (NOWHERE, "https://[2001:4860:4860::8888]", "2001:4860:4860::8888"),
    (PRIVATE, "https://coding.corp", "10.1.2.3"),
    (PRIVATE, "http://coding.corp:8080", "::ffff:10.1.2.3"),
    (PRIVATE, "http://10.1.2.3:5000/coding", "10.1.2.3"),
    (PRIVATE, "http://[fd00::5]", "fd00::5"),
    (PRIVATE, "https://100.64.3.4", "100.64.3.4"),
    (HERE, "http://127.0.0.1:5001", "127.0.0.1"),
    (HERE, "http://localhost:5001/x", "::1"),
]
FORBIDDEN = [
    (NOWHERE, "https://g-1.coding.net", "10.1.2.3"),
    (NOWHERE, "https://g-1.coding.net", "100.64.0.1"),
    (NOWHERE, "https://g-1.coding.net", "fd00::5"),
    (NOWHERE, "https://g-1.coding.net", "fec0::1"),
    (NOWHERE, "https://g-1.coding.net", "not an address"),
    (NOWHERE, "https://g-1.coding.net", "240.0.0.1"),
    (NOWHERE, "https://g-1.coding.net", "64:ff9b::808:808"),
    (NOWHERE, "https://g-1.coding.net", "2002:808:808::"),
    (NOWHERE, "https://g-1.coding.net", "fe80::1%eth0"),
    (NOWHERE, "https://g-1.coding.net:9443", "8.8.8.8"),
    (NOWHERE, "http://g-1.coding.net", "8.8.8.8"),
    (NOWHERE, "https://[", "8.8.8.8"),
    (PRIVATE, "http://coding.corp", "8.8.8.8"),
    (PRIVATE, "https://coding.corp:8080", "8.8.8.8"),
    (PRIVATE, "https://coding.corp", "192.168.0.1"),
    (PRIVATE, "https://coding.corp", "100.100.100.200"),
    (PRIVATE, "https://coding.corp", "fd00:ec2::254"),
    (PRIVATE, "https://coding.corp", "127.0.0.1"),
    (PRIVATE, "https://10.1.2.3:3306", "10.1.2.3"),
    (HERE, "http://127.0.0.1:6379", "127.0.0.1"),
    (HERE, "http://127.0.0.1:22", "127.0.0.1"),
    (HERE, "http://127.0.0.1:5001", "169.254.169.254"),
]


@pytest.mark.parametrize(("outside", "url", "address"), ALLOWED)
def test_what_is_allowed(outside, url, address):
    assert outside.check_url(f" {url}/ ") == url
    assert outside.rule(url)(address)


@pytest.mark.parametrize(("outside", "url", "address"), FORBIDDEN)
def test_what_a_name_must_not_lead_to(outside, url, address):
    assert not outside.rule(url)(address)


@pytest.mark.parametrize("port", [22, 23, 25, 110, 1433, 3306, 5432, 6379, 9200, 11211, 27017])
def test_no_port_of_a_service_is_used_anywhere(port):
    for outside, host in ((NOWHERE, "g-1.coding.net"), (PRIVATE, "10.1.2.3"), (HERE, "127.0.0.1")):
        with pytest.raises(UrlRefused, match="端口"):
            outside.check_url(f"https://{host}:{port}")


def test_the_refusal_names_the_cure():
    with pytest.raises(UrlRefused, match="PORTAL_ALLOWED_NETWORKS"):
        NOWHERE.check_url("https://10.1.2.3")
    with pytest.raises(UrlRefused, match="PORTAL_ALLOWED_NETWORKS"):
        NOWHERE.check_url("http://coding.corp")


def test_scheme_and_host_are_kept_in_small_letters():
    assert NOWHERE.check_url("HTTPS://G-1.Coding.net/Base/") == "https://g-1.coding.net/Base"
