"""Only what was checked is connected to (DESIGN §7, network rules)."""

from __future__ import annotations

import socket
import time

import pytest

from portal.kit.databases import Limits, Target, TargetErrorKind, address
from tests.kit.databases.conftest import refusal

QUICK = Limits(connect=0.4, statement=5, lock=1)
KINDS = ["mysql", "postgresql"]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    "host",
    [
        *("localhost", "127.0.0.1", "::1", "[::1]", "0.0.0.0", "127.1", "::ffff:127.0.0.1"),
        *("169.254.169.254", "fe80::1", "100.100.100.200", "metadata.google.internal"),
        *("", "a b", "/tmp", "127.0.0.1,10.0.0.1", "10.0.0.1 hostaddr=127.0.0.1"),
    ],
)
def test_a_forbidden_host_is_not_even_looked_up(kind, host, monkeypatch):
    monkeypatch.setattr(socket, "getaddrinfo", None)
    error = refusal(Target(kind, host, 5432, "a", "b"))
    assert (error.kind, error.code) == (TargetErrorKind.UNREACHABLE, "address")


@pytest.mark.parametrize("loopback", [True, False])
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("found", ["169.254.169.254", "fe80::1%lo", "10.0.0.1 100.100.100.200"])
def test_a_name_that_leads_to_a_forbidden_address_is_refused(kind, found, loopback, monkeypatch):
    _resolve(monkeypatch, found.split())
    error = refusal(Target(kind, "db.example.com", 5432, "a", "b", allow_loopback=loopback))
    assert (error.kind, error.code) == (TargetErrorKind.UNREACHABLE, "address")


@pytest.mark.parametrize("kind", KINDS)
def test_a_name_that_leads_to_this_machine_is_refused(kind, monkeypatch):
    _resolve(monkeypatch, ["127.0.0.1"])
    error = refusal(Target(kind, "db.example.com", 5432, "a", "b"))
    assert (error.kind, error.code) == (TargetErrorKind.UNREACHABLE, "address")


def _resolve(monkeypatch, found: list[str]) -> list[str]:
    """Names lead to these addresses; what is looked up comes into the list."""
    asked: list[str] = []

    def getaddrinfo(host, port, *_args, **_options):
        asked.append(host)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (one, port)) for one in found]

    monkeypatch.setattr(address.socket, "getaddrinfo", getaddrinfo)
    return asked


def test_the_checked_address_is_connected_to_without_another_look(remote, monkeypatch):
    real = socket.getaddrinfo

    def literal_or_fake(host, port, *args, **options):
        if host == "db.example.com":
            names.append(host)
            host = "127.0.0.1" if len(names) == 1 else "169.254.169.254"
        return real(host, port, *args, **options)

    names: list[str] = []
    monkeypatch.setattr(socket, "getaddrinfo", literal_or_fake)
    with remote.open(host="db.example.com") as session:
        assert session.execute("SELECT 1") == 1
        session.interrupt()
    assert names == ["db.example.com"]


def test_the_next_address_is_tried_when_one_is_dead(remote, monkeypatch):
    real = socket.getaddrinfo

    def two(host, port, *args, **options):
        if host != "db.example.com":
            return real(host, port, *args, **options)
        return real("::1", port, *args, **options) + real("127.0.0.1", port, *args, **options)

    monkeypatch.setattr(socket, "getaddrinfo", two)
    with remote.open(host="db.example.com") as session:
        assert session.execute("SELECT 1") == 1


def test_localhost_is_allowed_where_loopback_is(remote):
    with remote.open(host="localhost") as session:
        assert session.execute("SELECT 1") == 1


def test_a_look_up_that_hangs_is_left_in_time(monkeypatch):
    monkeypatch.setattr(
        address.socket, "getaddrinfo", lambda *_args, **_options: time.sleep(1) or []
    )
    started = time.monotonic()
    error = refusal(Target("mysql", "db.example.com", 3306, "a", "b"), QUICK)
    assert (error.kind, error.code) == (TargetErrorKind.UNREACHABLE, "timeout")
    assert time.monotonic() - started < 2
