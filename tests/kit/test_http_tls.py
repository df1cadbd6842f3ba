"""TLS of the outgoing door: what is not proven to be the right host gets no byte (row N18)."""

import datetime as dt
import socket
import ssl
import threading
import time

import pytest
import requests.adapters
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from portal.kit.errors import Kind, ProviderError
from portal.kit.http import Deadline, exchange
from tests.raw_servers import RawServer, answer, says

WHOLE = answer(b"{}")
NOW = dt.datetime.now(dt.UTC)


def certificate(name, issuer=None, days=1, is_authority=False):
    """A certificate and its key; issued by itself where no issuer is given."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    issuer_certificate, issuer_key = issuer or (None, key)
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer_certificate.subject if issuer_certificate else subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(NOW - dt.timedelta(days=3))
        .not_valid_after(NOW + dt.timedelta(days=days))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=is_authority, path_length=None), critical=True)
    )
    return builder.sign(issuer_key, hashes.SHA256()), key


def pem(pair) -> bytes:
    certificate_, key = pair
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    ) + certificate_.public_bytes(serialization.Encoding.PEM)


@pytest.fixture(scope="module")
def authority():
    return certificate("test authority", days=5, is_authority=True)


@pytest.fixture
def trusted(authority, tmp_path, monkeypatch):
    """The machine trusts this authority and no other."""
    bundle = tmp_path / "bundle.pem"
    bundle.write_bytes(authority[0].public_bytes(serialization.Encoding.PEM))
    monkeypatch.setattr(requests.adapters, "DEFAULT_CA_BUNDLE_PATH", str(bundle))


@pytest.fixture
def serve(tmp_path):
    def make(pair, script=None):
        path = tmp_path / "server.pem"
        path.write_bytes(pem(pair))
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(path)
        return RawServer(script or says(WHOLE), context)

    return make


def ask(port, timeout=3.0):
    url = f"https://localhost:{port}/v1.0/x"
    return exchange("dingtalk", "GET", url, deadline=Deadline(20), timeout=timeout)


@pytest.mark.usefixtures("trusted")
def test_the_right_certificate_is_taken(serve, authority):
    with serve(certificate("localhost", authority)) as server:
        assert ask(server.port).status == 200


@pytest.mark.usefixtures("trusted")
@pytest.mark.parametrize(
    ("name", "days", "is_issued", "word"),
    [
        ("localhost", -1, True, "expired"),
        ("api.example.com", 1, True, "match"),
        ("localhost", 1, False, "self"),
    ],
    ids=["expired", "wrong host", "self-signed"],
)
def test_a_wrong_certificate_is_refused_with_its_reason(
    serve, authority, name, days, is_issued, word
):
    pair = certificate(name, authority if is_issued else None, days=days)
    with serve(pair) as server, pytest.raises(ProviderError) as caught:
        ask(server.port)
    error = caught.value
    assert (error.code, error.kind, server.requests) == ("tls", Kind.RETRY, [])
    assert word in error.message


def test_plain_http_where_tls_was_asked_is_refused():
    def speak():
        sock, _peer = listener.accept()
        sock.sendall(WHOLE)
        sock.close()

    with socket.create_server(("127.0.0.1", 0)) as listener:
        threading.Thread(target=speak, daemon=True).start()
        with pytest.raises(ProviderError) as caught:
            ask(listener.getsockname()[1])
    assert (caught.value.code, caught.value.kind) == ("tls", Kind.RETRY)


@pytest.mark.usefixtures("trusted")
def test_the_watchdog_cuts_a_drip_inside_tls(serve, authority):
    def drip(sock, _request):
        sock.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 9999\r\n\r\n")
        for _ in range(200):
            sock.sendall(b"x")
            time.sleep(0.05)

    with serve(certificate("localhost", authority), drip) as server:
        started = time.monotonic()
        with pytest.raises(ProviderError) as caught:
            ask(server.port, timeout=1.3)
    assert (caught.value.code, time.monotonic() - started < 2.3) == ("timeout", True)
