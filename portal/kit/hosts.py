"""What a host that somebody typed can point to, told from its spelling alone (no look-up)."""

from __future__ import annotations

import ipaddress
import re
import socket
from enum import StrEnum

Address = ipaddress.IPv4Address | ipaddress.IPv6Address

_LABEL = re.compile(r"(?!-)[A-Za-z0-9_-]{1,63}(?<!-)")
# Cloud metadata services outside the link-local range: Alibaba Cloud, AWS over IPv6, Azure.
_METADATA_ADDRESSES = frozenset({"100.100.100.200", "fd00:ec2::254", "168.63.129.16"})
# What /etc/hosts of the common systems calls this machine.
_LOOPBACK_NAMES = frozenset({"localhost.localdomain", "ip6-localhost", "ip6-loopback"})
_METADATA_NAMES = frozenset({"metadata", "metadata.google.internal", "instance-data"})
_EMBEDS_IPV4 = (ipaddress.ip_network("64:ff9b::/96"), ipaddress.ip_network("2002::/16"))


class HostKind(StrEnum):
    """Where a host leads.

    LOOPBACK   this machine itself ("localhost", 127.0.0.0/8, 0.0.0.0, ::1)
    FORBIDDEN  link-local, cloud metadata, multicast, broadcast, IPv4 in disguise
    INVALID    no host name and no address
    OTHER      anything else, private networks among it
    """

    LOOPBACK = "loopback"
    FORBIDDEN = "forbidden"
    INVALID = "invalid"
    OTHER = "other"


def kind_of(host: str) -> HostKind:
    """host: a name or an address, IPv6 with or without brackets."""
    name = _bare(host)
    if not name or len(name) > 253:
        return HostKind.INVALID
    address = address_of(name)
    if address is not None:
        return _kind_of_address(address)
    labels = name.split(".")
    # A last label of digits is never a name: browsers and resolvers read it as an address.
    if not all(_LABEL.fullmatch(label) for label in labels) or labels[-1].isdigit():
        return HostKind.INVALID
    if labels[-1] == "localhost" or name in _LOOPBACK_NAMES:
        return HostKind.LOOPBACK
    return HostKind.FORBIDDEN if name in _METADATA_NAMES else HostKind.OTHER


def address_of(host: str) -> Address | None:
    """The address that this is, in any spelling that resolvers accept (127.1, 0x7f.1, 017…)."""
    name = _bare(host)
    try:
        return ipaddress.ip_address(name)
    except ValueError:
        pass
    # inet_aton stops reading at a blank, so only the characters of an address may stand there.
    if not re.fullmatch(r"[0-9a-fx.]+", name):
        return None
    try:
        return ipaddress.IPv4Address(socket.inet_aton(name))
    except OSError:
        return None


def _bare(host: str) -> str:
    return host.removeprefix("[").removesuffix("]").removesuffix(".").lower()


def _kind_of_address(address: Address) -> HostKind:
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped is not None:
            return _kind_of_address(address.ipv4_mapped)
        if address.scope_id or any(address in network for network in _EMBEDS_IPV4):
            return HostKind.FORBIDDEN
    if address.is_loopback or address.is_unspecified or address in _THIS_NETWORK:
        return HostKind.LOOPBACK
    if address.is_link_local or address.is_multicast or str(address) in _METADATA_ADDRESSES:
        return HostKind.FORBIDDEN
    return HostKind.FORBIDDEN if address == _BROADCAST else HostKind.OTHER


_THIS_NETWORK = ipaddress.ip_network("0.0.0.0/8")
_BROADCAST = ipaddress.ip_address("255.255.255.255")
