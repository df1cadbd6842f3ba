"""The addresses that a target may be reached at: looked up once, checked, then used as they are.

What was checked is what is connected to, so that no second look-up can lead elsewhere.
"""

from __future__ import annotations

import queue
import socket
import threading
from collections.abc import Callable
from typing import TypeVar

from flask_babel import gettext as _

from portal.kit.databases.errors import TargetError, TargetErrorKind
from portal.kit.databases.target import Target
from portal.kit.hosts import HostKind, kind_of
from portal.kit.http import Deadline

Line = TypeVar("Line")


def reach(target: Target, deadline: Deadline, connect: Callable[[str, float], Line]) -> Line:
    """What `connect(address, seconds)` gives for the first address that answers.

    Raises TargetError: of the last address when none answers, at once when a server said no.
    """
    found = addresses(target, deadline.remaining())
    for position, address in enumerate(found):
        # The time left is shared, so that one dead address leaves some for the next.
        seconds = max(deadline.remaining() / (len(found) - position), 0.001)
        try:
            return connect(address, seconds)
        except TargetError as error:
            is_last = position == len(found) - 1
            if is_last or error.kind is not TargetErrorKind.UNREACHABLE:
                raise
    raise AssertionError("addresses() never answers an empty list")


def addresses(target: Target, seconds: float) -> list[str]:
    """Every address of the target's host, in the resolver's order, all of them allowed.

    Raises TargetError (unreachable) when there is none, or when one of them is forbidden.
    """
    _check(target.host, target)
    found = list(dict.fromkeys(_look_up(target, seconds)))
    for address in found:
        _check(address, target)
    return found


def _check(host: str, target: Target) -> None:
    kind = kind_of(host)
    if kind is HostKind.INVALID:
        raise _unreachable("address", _("主机不是可用的域名或 IP 地址。"))
    if kind is HostKind.FORBIDDEN or (kind is HostKind.LOOPBACK and not target.allow_loopback):
        raise _unreachable("address", _("不允许连接本机、链路本地和云元数据地址。"))


def _look_up(target: Target, seconds: float) -> list[str]:
    # getaddrinfo knows no timeout of its own: it runs beside us and is left behind when late.
    answers: queue.SimpleQueue = queue.SimpleQueue()
    host = target.host.removeprefix("[").removesuffix("]")

    def ask() -> None:
        try:
            found = socket.getaddrinfo(host, target.actual_port, type=socket.SOCK_STREAM)
            answers.put([entry[4][0] for entry in found])
        except (OSError, UnicodeError, OverflowError):
            answers.put([])

    threading.Thread(target=ask, name="target-look-up", daemon=True).start()
    try:
        found = answers.get(timeout=max(seconds, 0.001))
    except queue.Empty:
        raise _unreachable("timeout", _("域名解析超时。")) from None
    if not found:
        raise _unreachable("connect", _("域名 %(host)s 解析不到地址。", host=host))
    return found


def _unreachable(code: str, message: str) -> TargetError:
    return TargetError(TargetErrorKind.UNREACHABLE, code, message)
