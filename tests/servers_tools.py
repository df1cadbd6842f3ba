"""What it takes to start a database server: its programs, a port, a certificate."""

from __future__ import annotations

import contextlib
import datetime as dt
import os
import random
import shutil
import socket
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

# Below those that Linux gives to connections by itself (32768-60999).
PORTS = range(15_000, 32_000)


def find_program(name: str, *folders: str) -> str:
    """The path of a server's program. Raises LookupError naming what installs it."""
    places = [path for folder in folders for path in sorted(Path("/").glob(folder), reverse=True)]
    path = os.pathsep.join([*map(str, places), os.environ.get("PATH", ""), "/usr/sbin"])
    found = shutil.which(name, path=path)
    if found is None:
        raise LookupError(f"no {name} on this machine: tests/run.sh installs it")
    return found


def free_port(count: int = 1) -> int:
    """The first of so many neighbouring ports that nobody listens on.

    None that the system gives to connections: one could take it before it is used.
    """
    dice = random.SystemRandom()
    for _attempt in range(50):
        first = dice.randrange(PORTS.start, PORTS.stop - count)
        with contextlib.ExitStack() as probes:
            try:
                for port in range(first, first + count):
                    probes.enter_context(socket.create_server(("127.0.0.1", port)))
            except OSError:
                continue
        return first
    raise AssertionError("no free ports")


def certificate() -> tuple[bytes, bytes]:
    """PEM of a self-signed certificate and of its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "test server")])
    now = dt.datetime.now(dt.UTC)
    signed = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    form = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    return (
        signed.public_bytes(serialization.Encoding.PEM),
        key.private_bytes(serialization.Encoding.PEM, *form),
    )
