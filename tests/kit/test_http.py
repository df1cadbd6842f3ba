"""The door for outgoing HTTP against far sides on real sockets that do what they should not."""

import gzip
import json
import logging
import socket
import threading
import time
import tracemalloc
import zlib

import pytest

from portal.kit.errors import Kind, ProviderError
from portal.kit.http import MAX_BODY, NEVER_SENT, Deadline, exchange
from tests.canary import Canary
from tests.raw_servers import RawServer, answer, resets, says

WHOLE = answer(b'{"ok": true}')


def ask(url, timeout=2.0, deadline=30.0, method="POST", **kwargs):
    return exchange(
        "dingtalk", method, url, deadline=Deadline(deadline), timeout=timeout, **kwargs
    )


def refused(url, **kwargs) -> ProviderError:
    with pytest.raises(ProviderError) as caught:
        ask(url, **kwargs)
    return caught.value


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


def _flood(make_pieces, head):
    def script(sock, _request):
        sock.sendall(head)
        for piece in make_pieces():
            sock.sendall(piece)

    return script


def _bomb():
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    zeros = b"\0" * (1024 * 1024)
    for _ in range(200):
        yield packer.compress(zeros)
    yield packer.flush()


def _chunked(pieces):
    for piece in pieces:
        if piece:
            yield b"%x\r\n%s\r\n" % (len(piece), piece)


HUGE = {
    "50 MB": _flood(
        lambda: (b"x" * 65536 for _ in range(800)),
        b"HTTP/1.1 200 OK\r\nContent-Length: 52428800\r\n\r\n",
    ),
    "endless chunks": _flood(
        lambda: (b"10000\r\n" + b"x" * 65536 + b"\r\n" for _ in range(800)),
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
    ),
    "gzip bomb": _flood(_bomb, b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n"),
    "gzip bomb at once": _flood(
        lambda: [b"".join(_bomb())], b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n"
    ),
    "chunked gzip bomb": _flood(
        lambda: _chunked(_bomb()),
        b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n\r\n",
    ),
    "bomb in a bomb": _flood(
        lambda: [gzip.compress(b"".join(_bomb()))],
        b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip, gzip\r\n\r\n",
    ),
}


@pytest.mark.parametrize("script", HUGE.values(), ids=HUGE.keys())
def test_a_huge_answer_is_cut_at_one_mebibyte(script):
    """Row N9: and it costs no memory."""
    with RawServer(script) as server:
        tracemalloc.start()
        error = refused(server.url, timeout=10)
        _now, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    assert (error.code, error.kind) == ("too_large", Kind.UNKNOWN_OUTCOME)
    assert most < 20 * MAX_BODY


def test_an_answer_of_just_the_limit_is_taken():
    with RawServer(says(answer(b" " * MAX_BODY))) as server:
        assert len(ask(server.url).body) == MAX_BODY


def test_a_gzipped_answer_is_decoded():
    body = gzip.compress(b'{"a": 1}')
    with RawServer(says(answer(body, "200 OK", "Content-Encoding: gzip"))) as server:
        assert ask(server.url).json() == {"a": 1}


def test_a_broken_gzip_is_unreadable():
    with RawServer(says(answer(b"not gzip", "200 OK", "Content-Encoding: gzip"))) as server:
        error = refused(server.url)
    assert (error.code, error.kind) == ("unreadable", Kind.UNKNOWN_OUTCOME)


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


SECRET = "CANARY-token-Zq83hRk"


@pytest.fixture
def logged(caplog):
    """Everything logged at any level, also after an app has taken the portal's own loggers."""
    ours = logging.getLogger("portal")
    before = ours.level, ours.propagate
    ours.setLevel(logging.DEBUG)
    ours.propagate = True
    caplog.set_level(logging.DEBUG)
    yield caplog
    ours.setLevel(before[0])
    ours.propagate = before[1]


def _everything_in(error) -> str:
    texts = []
    while error is not None:
        texts.append(f"{error!r} {error} {getattr(error, 'args', ())}")
        error = error.__cause__ or error.__context__
    return " ".join(texts)


@pytest.mark.parametrize(
    "script",
    [resets, says(WHOLE[:30]), says(answer(b"", "302 Found", "Location: /x")), says(b"nonsense")],
    ids=["reset", "half head", "redirect", "no http"],
)
def test_no_secret_in_an_exception_or_a_log(script, logged):
    """Pitfall 25: the access token of the old API stands in the URL."""
    with RawServer(script) as server:
        error = refused(
            server.url + "/topapi/v2/user/get",
            params={"access_token": SECRET},
            headers={"x-acs-dingtalk-access-token": SECRET},
            json={"appSecret": SECRET},
        )
    assert SECRET not in _everything_in(error)
    assert SECRET not in logged.text
    assert SECRET not in str([vars(record) for record in logged.records])


def test_no_secret_when_nobody_listens_or_the_head_is_malformed(logged):
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    error = refused(f"http://127.0.0.1:{port}/gettoken", params={"appsecret": SECRET})
    malformed = b"HTTP/1.1 200 OK\r\nno colon here\r\nContent-Length: 2\r\n\r\n{}"
    with RawServer(says(malformed)) as server:
        ask(server.url, params={"appsecret": SECRET})
    assert SECRET not in _everything_in(error) + logged.text


def test_one_log_line_an_exchange(logged):
    with RawServer(says(WHOLE)) as server:
        ask(server.url + "/v1.0/workflow/forms", params={"name": "x"})
    lines = [record for record in logged.records if record.name == "portal.kit.http"]
    assert len(lines) == 1
    assert lines[0].http_path == "/v1.0/workflow/forms"
    assert lines[0].http_outcome == 200
    assert lines[0].http_method == "POST"
    assert "name" not in lines[0].getMessage()


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
