"""What processes hold while they serve: memory, open files; looked at from outside."""

from __future__ import annotations

import statistics
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from tests.load.nodes import children

PAGE_BYTES = 4096


def resident_bytes(pid: int) -> int:
    """Memory of this process and of those that it started, shared pages counted each time."""
    return sum(_pages(one) for one in (pid, *children(pid))) * PAGE_BYTES


def _pages(pid: int) -> int:
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1])


def open_files(pid: int) -> int:
    """File descriptors, sockets among them, of this process and of those that it started."""
    return sum(len(list(Path(f"/proc/{one}/fd").iterdir())) for one in (pid, *children(pid)))


@dataclass
class Watched:
    """A value that is looked at again and again. look: answers it."""

    look: Callable[[], float]
    seen: list[float] = field(default_factory=list)

    def settled(self) -> float:
        """The middle of the second sixth: what is opened at the start is open by then."""
        return statistics.median(self._sixth(1))

    def ended(self) -> float:
        """The middle of the last sixth."""
        return statistics.median(self._sixth(5))

    @property
    def growth(self) -> float:
        """The end's beside the settled one's."""
        return self.ended() / self.settled()

    def _sixth(self, number: int) -> list[float]:
        part = len(self.seen) // 6
        assert part, "too short a time to tell"
        return self.seen[number * part : (number + 1) * part]


class Watch:
    """Looks at values every so many seconds, in a thread of its own. A context manager."""

    def __init__(self, every: float, **looks: Callable[[], float]):
        self.values = {name: Watched(look) for name, look in looks.items()}
        self._every = every
        self._over = threading.Event()
        self._failed: OSError | None = None
        self._thread = threading.Thread(target=self._look)

    def __enter__(self) -> Watch:
        self._thread.start()
        return self

    def __exit__(self, *_exc: object) -> None:
        self._over.set()
        self._thread.join()
        if self._failed is not None:
            raise self._failed

    def __getitem__(self, name: str) -> Watched:
        return self.values[name]

    def _look(self) -> None:
        try:
            while not self._over.wait(self._every):
                for watched in self.values.values():
                    watched.seen.append(watched.look())
        except OSError as error:  # a process that died is no process that stayed small
            self._failed = error
