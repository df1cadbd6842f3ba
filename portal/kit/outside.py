"""Where an address that somebody typed into a page may lead: its spelling, then its addresses.

The spelling is judged when it is saved, without a look-up; what the name leads to is judged at
each exchange (kit.http's address_rule), so that a name that changes its mind gains nothing.
"""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from urllib.parse import SplitResult, urlsplit

from flask_babel import gettext as _

from portal.kit.hosts import Address, HostKind, address_of, kind_of
from portal.kit.typed_urls import UrlRefused, port_of, taken_apart
from portal.kit.wire import AddressRule

LONGEST_URL = 128
EXAMPLE = "https://g-xxxx.coding.net"
PUBLIC_PORTS = frozenset({443, 8443})
"""Of hosts on the public internet. Inside of the allowed networks, any that is no service's."""

WEB_PORTS = frozenset({80, 443})
FIRST_FREE_PORT = 1024
# Databases, caches, queues, remote desktops and control doors, whose protocols HTTP may disturb:
# Docker, etcd, Kubernetes, Consul, Elasticsearch, RabbitMQ, Kafka and the like.
SERVICE_PORTS = frozenset(
    {1433, 1434, 1521, 1723, 1883, 2049, 2181, 2375, 2376, 2379, 2380, 3306, 3389, 4369, 5432,
     5433, 5672, 5900, 5984, 5985, 5986, 6379, 6380, 6443, 8300, 8500, 9042, 9092, 9200, 9300,
     10250, 10255, 11211, 15672, 26379, 27017, 27018, 27019, 33060}
)  # fmt: skip

_PATH = re.compile(r"(/[A-Za-z0-9._~-]+)*")

Network = ipaddress.IPv4Network | ipaddress.IPv6Network


@dataclass(frozen=True)
class Outside:
    """What is allowed here.

    networks        private networks that may be reached, from PORTAL_ALLOWED_NETWORKS
    allow_loopback  this machine too: for demos and tests
    public_ports    of hosts outside of the networks
    """

    networks: tuple[Network, ...] = ()
    allow_loopback: bool = False
    public_ports: frozenset[int] = PUBLIC_PORTS

    @classmethod
    def of(cls, networks: tuple[str, ...], allow_loopback: bool) -> Outside:
        """networks: as CIDR, e.g. "10.0.0.0/8"."""
        return cls(tuple(ipaddress.ip_network(one) for one in networks), allow_loopback)

    def check_url(self, text: str) -> str:
        """The address as it is kept: no slash at its end. Raises UrlRefused.

        Judges the spelling alone; a name's addresses are judged by `rule` when they are used.
        """
        parts = _parts(text.strip().rstrip("/"))
        host, port = parts.hostname or "", port_of(parts)
        kind = kind_of(host)
        if kind is HostKind.INVALID:
            raise UrlRefused(_("主机名“%(host)s”不正确，请填写域名或 IP 地址。", host=host))
        if kind is HostKind.FORBIDDEN or (kind is HostKind.LOOPBACK and not self.allow_loopback):
            raise UrlRefused(
                _("不允许访问 %(host)s：本机、链路本地和云元数据地址不能作为服务地址。", host=host)
            )
        if _is_service(port):
            raise UrlRefused(_("不允许访问端口 %(port)s，请填写网页服务的端口。", port=port))
        if kind is not HostKind.LOOPBACK:
            self._check_remote(host, port, is_plain=parts.scheme == "http")
        return f"{parts.scheme}://{parts.netloc.lower()}{parts.path}"

    def rule(self, url: str) -> AddressRule:
        """For kit.http.exchange: which addresses an exchange with this url may talk to."""
        try:
            parts = urlsplit(url)
            is_plain, port = parts.scheme != "https", port_of(parts)
        except ValueError:
            return lambda _address: False

        def allows(address: str) -> bool:
            return not _is_service(port) and self._allows(address, port, is_plain)

        return allows

    def _check_remote(self, host: str, port: int, is_plain: bool) -> None:
        """A host that is not this machine; for a name only what holds wherever it leads."""
        address = _address(host)
        is_private = address is not None and not _is_public(address)
        if is_private and not self._is_listed(address):
            raise UrlRefused(
                _("%(host)s 是内网地址。私有部署请由管理员把所在网段加入环境变量 "
                  "PORTAL_ALLOWED_NETWORKS（例如 10.0.0.0/8）并重启本系统。", host=host)
            )  # fmt: skip
        may_be_inside = bool(self.networks) if address is None else self._is_listed(address)
        if may_be_inside:
            return
        if is_plain:
            raise UrlRefused(
                _("公网地址必须以 https:// 开头；只有 PORTAL_ALLOWED_NETWORKS 中的内网地址"
                  "可以使用 http://。")
            )  # fmt: skip
        if port not in self.public_ports:
            ports = "、".join(str(one) for one in sorted(self.public_ports))
            raise UrlRefused(
                _("公网地址只能使用端口 %(ports)s；内网地址请先把所在网段加入环境变量 "
                  "PORTAL_ALLOWED_NETWORKS。", ports=ports)
            )  # fmt: skip

    def _allows(self, text: str, port: int, is_plain: bool) -> bool:
        address = _address(text)
        if address is None:
            return False
        kind = kind_of(str(address))
        if kind is HostKind.LOOPBACK:
            return self.allow_loopback
        if kind is not HostKind.OTHER or address.is_reserved:
            return False
        if self._is_listed(address):
            return True
        return _is_public(address) and not is_plain and port in self.public_ports

    def _is_listed(self, address: Address) -> bool:
        return any(address in network for network in self.networks)


def _parts(text: str) -> SplitResult:
    parts = taken_apart(text, LONGEST_URL, EXAMPLE)
    if not _PATH.fullmatch(parts.path) or {".", ".."} & set(parts.path.split("/")):
        raise UrlRefused(_("地址的路径里只能有字母、数字和 . _ ~ -。"))
    return parts


def _is_service(port: int) -> bool:
    return port in SERVICE_PORTS or (port < FIRST_FREE_PORT and port not in WEB_PORTS)


def _address(host: str) -> Address | None:
    """The address that this is, however it is written; IPv4 also where it is dressed as IPv6."""
    address = address_of(host)
    return getattr(address, "ipv4_mapped", None) or address


def _is_public(address: Address) -> bool:
    # Python calls the old site-local addresses (fec0::/10) global.
    is_site_local = getattr(address, "is_site_local", False)
    return address.is_global and not address.is_reserved and not is_site_local
