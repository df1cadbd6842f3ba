"""Lines for whoever has started the process; that they cannot be written stops nothing."""

from __future__ import annotations

import contextlib
import sys
from typing import TextIO


def say(line: str, stream: TextIO | None = None) -> None:
    """Print at once. The file behind the output may lie on a disk that is full (D3)."""
    with contextlib.suppress(OSError):
        print(line, file=stream or sys.stdout, flush=True)
