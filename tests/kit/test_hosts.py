"""Where a typed host leads, told from its spelling alone."""

import pytest

from portal.kit.hosts import HostKind, kind_of


@pytest.mark.parametrize(
    ("host", "kind"),
    [
        ("127.0.0.1", HostKind.LOOPBACK),
        ("127.1", HostKind.LOOPBACK),
        ("0", HostKind.LOOPBACK),
        ("0x7f.0.0.1", HostKind.LOOPBACK),
        ("017700000001", HostKind.LOOPBACK),
        ("0.1.2.3", HostKind.LOOPBACK),
        ("[::1]", HostKind.LOOPBACK),
        ("::", HostKind.LOOPBACK),
        ("::ffff:7f00:1", HostKind.LOOPBACK),
        ("LocalHost.", HostKind.LOOPBACK),
        ("a.b.localhost", HostKind.LOOPBACK),
        ("ip6-loopback", HostKind.LOOPBACK),
        ("169.254.0.1", HostKind.FORBIDDEN),
        ("fe80::1%eth0", HostKind.FORBIDDEN),
        ("fd00:ec2::254", HostKind.FORBIDDEN),
        ("64:ff9b::7f00:1", HostKind.FORBIDDEN),
        ("2002:7f00:1::", HostKind.FORBIDDEN),
        ("ff02::1", HostKind.FORBIDDEN),
        ("Metadata.Google.Internal", HostKind.FORBIDDEN),
        ("", HostKind.INVALID),
        (".", HostKind.INVALID),
        ("a..b", HostKind.INVALID),
        ("1.2.3.4.5", HostKind.INVALID),
        ("256.1.1.1", HostKind.INVALID),
        ("db:3306", HostKind.INVALID),
        ("a/b", HostKind.INVALID),
        ("a b", HostKind.INVALID),
        ("127.0.0.1 x", HostKind.INVALID),
        ("例子.中国", HostKind.INVALID),
        ("１２７.0.0.1", HostKind.INVALID),
        ("x" * 64, HostKind.INVALID),
        ("x." * 130, HostKind.INVALID),
        ("10.0.0.1", HostKind.OTHER),
        ("192.168.1.1", HostKind.OTHER),
        ("fd12::1", HostKind.OTHER),
        ("8.8.8.8", HostKind.OTHER),
        ("db-1.example.com.", HostKind.OTHER),
        ("my_db", HostKind.OTHER),
        ("face", HostKind.OTHER),
        ("xn--fsqu00a.xn--fiqs8s", HostKind.OTHER),
        ("localhost.example.com", HostKind.OTHER),
    ],
)
def test_what_a_host_is(host, kind):
    assert kind_of(host) is kind
