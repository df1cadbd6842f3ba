"""Getting in, or saying plainly why not."""

from __future__ import annotations

import socket
import threading
import time

import pytest

from portal.kit.databases import Limits, Target, TargetErrorKind
from tests.kit.databases.conftest import refusal
from tests.servers_tools import free_port

QUICK = Limits(connect=0.5, statement=5, lock=1)
KINDS = ["mysql", "postgresql"]


def test_a_wrong_password_is_told_from_everything_else(remote):
    error = refusal(remote.server.target(remote.name, password="CANARY-wrong"))
    assert error.kind is TargetErrorKind.CREDENTIALS
    assert remote.server.username in error.message
    assert "CANARY" not in str(error)


def test_an_unknown_account_is_told_from_everything_else(remote):
    error = refusal(remote.server.target(remote.name, username="nobody_here"))
    assert error.kind is TargetErrorKind.CREDENTIALS
    assert "nobody_here" in error.message


@pytest.mark.parametrize("password", ["", "密码", 'a\'b\\c "d" %s'])
def test_a_password_of_any_characters_is_only_wrong(remote, password):
    error = refusal(remote.server.target(remote.name, password=password))
    assert error.kind is TargetErrorKind.CREDENTIALS


@pytest.mark.parametrize("password", ["密码 🎉", 'a\'b\\c "d" %s; -- x'])
def test_a_password_of_any_characters_gets_in(remote, password):
    account = remote.server.new_account(remote.name, "SELECT", _any_table(remote))
    username = account["username"]
    quoted = password.replace("'", "''")
    if remote.server.db_type == "mysql":
        quoted = quoted.replace("\\", "\\\\")
        remote.query(f"SET PASSWORD FOR {username}@'%' = PASSWORD('{quoted}')")
    else:
        remote.query(f"ALTER ROLE {username} PASSWORD '{quoted}'")
    with remote.open(username=username, password=password) as session:
        assert session.execute("SELECT 1") == 1


def _any_table(database) -> str:
    database.query("CREATE TABLE item (id integer PRIMARY KEY, note text)")
    return "item"


def test_a_missing_database_is_refused_by_name(remote):
    error = refusal(remote.server.target("no_such_database"))
    assert error.kind is TargetErrorKind.REFUSED
    assert "no_such_database" in error.message


def test_a_missing_schema_is_refused_by_name(remote):
    error = refusal(remote.server.target(remote.name, schema="no_such_schema"))
    assert error.kind is TargetErrorKind.REFUSED
    assert "no_such_schema" in error.message


def test_a_schema_is_where_names_lead(remote):
    if remote.server.db_type == "postgresql":
        remote.query('CREATE SCHEMA "Odd name"')
        schema = "Odd name"
    else:
        schema = remote.server.new_database()
    with remote.open(schema=schema) as session:
        session.execute("CREATE TABLE item (id integer)")
    assert remote.query(
        f"SELECT table_schema FROM information_schema.tables WHERE table_name = 'item'"
        f" AND table_schema IN ('{schema}', '{remote.name}')"
    ) == [(schema,)]


@pytest.mark.parametrize("kind", KINDS)
def test_a_refused_port_is_unreachable(kind):
    error = refusal(Target(kind, "127.0.0.1", free_port(), "a", "b", allow_loopback=True))
    assert (error.kind, error.code) == (TargetErrorKind.UNREACHABLE, "connect")
    assert "refused" in error.message


@pytest.mark.parametrize("kind", KINDS)
def test_an_unknown_host_is_unreachable(kind):
    error = refusal(Target(kind, "no-such-host.invalid", 3306, "a", "b"))
    assert error.kind is TargetErrorKind.UNREACHABLE
    assert "no-such-host.invalid" in error.message


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("word", [b"", b"SSH-2.0-OpenSSH_9.2\r\n", b"\xff" * 200, b"E\0\0"])
def test_a_server_that_is_no_database_is_unreachable(kind, word):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        heard = threading.Thread(target=_say, args=(listener, word), daemon=True)
        heard.start()
        port = listener.getsockname()[1]
        error = refusal(Target(kind, "127.0.0.1", port, "a", "b", allow_loopback=True), QUICK)
    assert error.kind is TargetErrorKind.UNREACHABLE


def _say(listener: socket.socket, word: bytes) -> None:
    for _ in range(2):  # PostgreSQL: once with TLS, once without
        try:
            client, _peer = listener.accept()
        except OSError:
            return
        client.sendall(word)
        client.close()


@pytest.mark.parametrize("kind", KINDS)
def test_a_server_that_says_nothing_is_left_in_time(kind):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        started = time.monotonic()
        error = refusal(Target(kind, "127.0.0.1", port, "a", "b", allow_loopback=True), QUICK)
    assert (error.kind, error.code) == (TargetErrorKind.UNREACHABLE, "timeout")
    assert time.monotonic() - started < 3  # libpq waits for 2 s at least


def test_a_server_that_drips_is_left_in_time():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        threading.Thread(target=_drip, args=(listener,), daemon=True).start()
        port = listener.getsockname()[1]
        started = time.monotonic()
        error = refusal(Target("mysql", "127.0.0.1", port, "a", "b", allow_loopback=True), QUICK)
    assert (error.kind, error.code) == (TargetErrorKind.UNREACHABLE, "timeout")
    assert time.monotonic() - started < 2


def _drip(listener: socket.socket) -> None:
    client, _peer = listener.accept()
    with client:
        try:
            client.sendall(b"\xff\xff\x00\x00")  # a long packet follows
            for _ in range(100):
                client.sendall(b"x")
                time.sleep(0.05)
        except OSError:
            return


@pytest.mark.parametrize("plugin", [b"mysql_clear_password", b"dialog"])
def test_a_password_is_not_given_away_in_clear_text(plugin, mariadb):
    asks = b"\xfe" + plugin + b"\0Password: \0"
    with socket.create_server(("127.0.0.1", 0)) as listener:
        heard: list[bytes] = []
        args = (listener, mariadb.server.port, asks, heard)
        thread = threading.Thread(target=_ask_for_the_password, args=args, daemon=True)
        thread.start()
        error = refusal(mariadb.server.target(mariadb.name, port=listener.getsockname()[1]))
        thread.join(5)
    assert error.kind is TargetErrorKind.UNREACHABLE
    assert "clear text" in error.message
    assert mariadb.server.password.encode() not in b"".join(heard)


def _ask_for_the_password(listener, port: int, asks: bytes, heard: list[bytes]) -> None:
    """A server without TLS: another's greeting, then a question for the password itself."""
    client, _peer = listener.accept()
    with client, socket.create_connection(("127.0.0.1", port)) as real:
        greeting = bytearray(real.recv(4096))
        # The lower half of the capabilities stands behind the version, 4 + 8 + 1 bytes on.
        low = greeting.index(b"\0", 5) + 14
        greeting[low + 1] &= 0xFF ^ 0x08  # no CLIENT_SSL
        client.sendall(greeting)
        heard.append(client.recv(4096))
        client.sendall(len(asks).to_bytes(3, "little") + b"\x02" + asks)
        client.settimeout(2)
        while piece := client.recv(4096):
            heard.append(piece)
