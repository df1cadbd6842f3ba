"""The door for outgoing HTTP against far sides on real sockets that do what they should not."""

import json
import socket
import threading
import time

import pytest

from portal.kit.errors import Kind, ProviderError
from portal.kit.http import NEVER_SENT
from tests.canary import Canary
from tests.kit.door import WHOLE, ask, refused
from tests.raw_servers import RawServer, answer, resets, says


def test_a_whole_answer_comes_back():
    with RawServer(says(answer(b'{"a": 1}', "403 Forbidden", "X-One: 1"))) as server:
        got = ask(server.url + "/v1.0/x", json={"name": "名"}, headers={"x-token": "t"})
    assert (got.status, got.json(), got.headers["x-one"]) == (403, {"a": 1}, "1")
    head, body = server.requests[0].split(b"\r\n\r\n")
    assert json.loads(body) == {"name": "名"}
    assert b"x-token: t" in head
    assert b"Connection: close" in head


def test_a_fresh_connection_carries_each_exchange():
    with RawServer(says(WHOLE)) as server:
        ask(server.url)
        ask(server.url)
    assert len(server.requests) == 2


@pytest.mark.parametrize(
    "interval", [0.05, 0.4], ids=["a byte every 50 ms", "slower, under any read timeout"]
)
def test_a_dripping_body_is_cut_at_the_deadline(interval):
    """Row N8 of the fault matrix."""

    def drip(sock, _request):
        sock.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
        for _ in range(1000):
            sock.sendall(b"x")
            time.sleep(interval)

    with RawServer(drip) as server:
        started = time.monotonic()
        error = refused(server.url, timeout=1.5)
    assert 1.0 < time.monotonic() - started < 2.5
    assert (error.code, error.kind) == ("timeout", Kind.UNKNOWN_OUTCOME)


def test_a_dripping_head_is_cut_too():
    def drip(sock, _request):
        sock.sendall(b"HTTP/1.1 200 OK\r\n")
        for number in range(1000):
            sock.sendall(b"X-%d: y\r\n" % number)
            time.sleep(0.05)

    with RawServer(drip) as server:
        started = time.monotonic()
        error = refused(server.url, timeout=1.2)
    assert time.monotonic() - started < 2.2
    assert (error.code, error.kind) == ("timeout", Kind.UNKNOWN_OUTCOME)


def test_a_body_without_a_length_that_drips_is_no_complete_answer():
    def drip(sock, _request):
        sock.sendall(b"HTTP/1.1 200 OK\r\n\r\n{}")
        for _ in range(100):
            sock.sendall(b" ")
            time.sleep(0.05)

    with RawServer(drip) as server:
        assert refused(server.url, timeout=1.2).code == "timeout"


def test_no_answer_is_a_timeout():
    with RawServer(lambda _sock, _request: time.sleep(5)) as server:
        error = refused(server.url, timeout=1.1)
    assert (error.code, error.kind) == ("timeout", Kind.UNKNOWN_OUTCOME)


@pytest.mark.parametrize("cut", [1, 9, 12, 15, 17, 20, 30, 60, len(WHOLE) - 14, len(WHOLE) - 12])
def test_a_cut_answer_is_never_a_complete_one(cut):
    """Row N7: http.client takes a head cut in the middle for a 200 with an empty body."""
    with RawServer(says(WHOLE[:cut])) as server:
        error = refused(server.url)
    assert (error.code, error.kind) == ("reset", Kind.UNKNOWN_OUTCOME)


def test_half_a_body_is_no_answer():
    with RawServer(says(WHOLE[:-3])) as server:
        assert refused(server.url).kind is Kind.UNKNOWN_OUTCOME


def test_half_a_chunked_body_is_no_answer():
    head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    with RawServer(says(head + b"4\r\n{}  \r\n")) as server:
        assert refused(server.url).kind is Kind.UNKNOWN_OUTCOME


@pytest.mark.parametrize("script", [resets, says(b"")], ids=["reset", "closed"])
def test_a_connection_that_ends_without_an_answer(script):
    """Row N6."""
    with RawServer(script) as server:
        error = refused(server.url)
    assert (error.code, error.kind) == ("reset", Kind.UNKNOWN_OUTCOME)
    assert len(server.requests) == 1, "a library retried by itself"


def test_nobody_listening_is_a_sure_no():
    """Row N1."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    error = refused(f"http://127.0.0.1:{port}/")
    assert (error.code, error.kind) == ("connect", Kind.RETRY)
    assert "127.0.0.1" in error.message


def test_an_unknown_host_is_a_sure_no():
    error = refused("http://no-such-host.invalid/")
    assert (error.code, error.kind) == ("connect", Kind.RETRY)


def test_a_hanging_connect_is_given_up_after_three_seconds():
    """Row N2: the backlog is full, so the kernel drops our SYN."""
    with socket.socket() as full:
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        address = full.getsockname()
        fillers = [socket.socket() for _ in range(4)]
        for filler in fillers:
            filler.setblocking(False)
            filler.connect_ex(address)
        time.sleep(0.1)
        started = time.monotonic()
        error = refused(f"http://127.0.0.1:{address[1]}/", timeout=10)
        took = time.monotonic() - started
        for filler in fillers:
            filler.close()
    assert (error.code, error.kind) == ("connect", Kind.RETRY)
    assert 2.5 < took < 3.5


@pytest.mark.parametrize("status", ["301 Moved", "302 Found", "307 Temporary", "308 Permanent"])
def test_a_redirect_is_not_followed(status):
    """Row N19: the secret would travel. Its body is not read either."""
    with RawServer(says(WHOLE)) as elsewhere:
        location = f"Location: {elsewhere.url}/steal"
        with RawServer(says(answer(b"x" * 99, status, location))) as server:
            error = refused(server.url)
    assert (error.code, error.kind) == ("redirect", Kind.UNKNOWN_OUTCOME)
    assert elsewhere.requests == []


def test_proxy_variables_are_not_read(monkeypatch):
    with RawServer(says(WHOLE)) as proxy, RawServer(says(WHOLE)) as server:
        monkeypatch.setenv("http_proxy", proxy.url)
        monkeypatch.setenv("HTTP_PROXY", proxy.url)
        ask(server.url)
    assert (proxy.requests, len(server.requests)) == ([], 1)


def test_a_refused_address_is_not_even_connected():
    seen = []

    def rule(address):
        seen.append(address)
        return False

    canary = Canary()
    error = refused(f"http://127.0.0.1:{canary.port}/", address_rule=rule)
    assert (error.code, error.kind) == ("address", Kind.REFUSED)
    assert seen == ["127.0.0.1"]
    assert canary.connections() == 0


def test_without_the_rule_the_canary_counts():
    canary = Canary()
    refused(f"http://127.0.0.1:{canary.port}/", timeout=1)
    assert canary.connections() == 1


def test_the_connected_peer_is_judged_too_before_a_byte_is_sent():
    """What was dialled and who answers may differ."""
    answers = iter([True, False])
    with RawServer(says(WHOLE)) as server:
        url = f"http://127.0.0.1:{server.port}/"
        error = refused(url, address_rule=lambda _address: next(answers))
        time.sleep(0.05)
    assert (error.code, error.kind) == ("address", Kind.REFUSED)
    assert server.requests == []


@pytest.mark.parametrize("url", ["ftp://127.0.0.1/", "127.0.0.1", "http://", "http://a b/"])
def test_what_is_no_web_address_is_refused(url):
    assert refused(url).code in NEVER_SENT


def test_with_less_than_a_second_left_nothing_is_sent():
    with RawServer(says(WHOLE)) as server:
        error = refused(server.url, deadline=0.9)
    assert (error.code, error.kind) == ("deadline", Kind.RETRY)
    assert server.requests == []


def test_the_deadline_shortens_an_exchange():
    with RawServer(lambda _sock, _request: time.sleep(5)) as server:
        started = time.monotonic()
        error = refused(server.url, timeout=10, deadline=1.3)
    assert (error.code, time.monotonic() - started < 2.3) == ("timeout", True)


@pytest.mark.parametrize(
    "body",
    [
        b"", b"{", b"<html>", b"[" * 10_000, b'{"a": NaN}', b'{"a": 1, "a": 2}',
        b"9" * 5000, b"\xff\xfe\xff", b'"\xed\xa0"',
    ],
)  # fmt: skip
def test_what_is_not_readable_json_is_one_error(body):
    """Row N16: one class of error, and the body is not quoted in it."""
    with RawServer(says(answer(body))) as server:
        got = ask(server.url)
    with pytest.raises(ProviderError) as caught:
        got.json()
    assert (caught.value.code, caught.value.kind) == ("unreadable", Kind.UNKNOWN_OUTCOME)
    assert caught.value.__context__ is None


def test_a_byte_order_mark_is_forgiven():
    with RawServer(says(answer(b'\xef\xbb\xbf{"a": 1}'))) as server:
        assert ask(server.url).json() == {"a": 1}


def test_the_watchdog_leaves_no_thread_behind():
    with RawServer(says(WHOLE)) as server:
        ask(server.url, timeout=30)
    time.sleep(0.1)
    timers = [thread for thread in threading.enumerate() if isinstance(thread, threading.Timer)]
    assert timers == []
