"""Which machine this is: what tells two hosts apart that share a folder."""

from __future__ import annotations

import hashlib
import socket
from pathlib import Path

# New with every start of the kernel, and one for all containers on it, whatever they are called.
BOOT_ID = Path("/proc/sys/kernel/random/boot_id")


def name() -> str:
    """What people call it; a container's changes with each restart."""
    return socket.gethostname()


def identity() -> str:
    """Twelve characters, the same for every process on this kernel; by its name without Linux."""
    try:
        told = BOOT_ID.read_text().strip()
    except OSError:
        told = name()
    return hashlib.sha256(told.encode()).hexdigest()[:12]
