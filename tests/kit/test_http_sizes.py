"""The door cuts what is too large, whatever it is packed in (row N9)."""

import gzip
import tracemalloc
import zlib

import pytest

from portal.kit.errors import Kind
from portal.kit.http import MAX_BODY
from tests.kit.door import ask, refused
from tests.raw_servers import RawServer, answer, says


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
