"""Changing something over there that others may change too: look, act, and look again."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Generic, TypeVar

from portal.kit.errors import Kind, ProviderError

Target = TypeVar("Target")
Result = TypeVar("Result")


@dataclass(frozen=True)
class Over(Generic[Result]):
    """There is nothing to act on: `result` is the answer."""

    result: Result


@contextmanager
def changes_nothing() -> Iterator[None]:
    """A read before a change that ended without an answer: the change surely was not made."""
    try:
        yield
    except ProviderError as error:
        if error.kind is Kind.UNKNOWN_OUTCOME:
            error.kind = Kind.RETRY
        raise


def unless_gone(
    read: Callable[[], Target], is_gone: Callable[[ProviderError], bool]
) -> Target | None:
    """What is read, or None where the refusal surely says that it is not there."""
    try:
        return read()
    except ProviderError as error:
        if is_gone(error):
            return None
        raise


def look_and_act(
    look: Callable[[], Target | Over[Result]],
    act: Callable[[Target], None],
    was_refused: Callable[[ProviderError], bool],
    done: Result,
) -> Result:
    """Act on what the look found; where that was refused, what a second look finds counts.

    Somebody may have been faster, here or there: whatever holds over there now is accepted.
    Raises the refusal when the second look still finds something to act on.
    """
    with changes_nothing():
        found = look()
    if isinstance(found, Over):
        return found.result
    try:
        act(found)
    except ProviderError as error:
        if not was_refused(error):
            raise
        again = look()
        if isinstance(again, Over):
            return again.result
        raise
    return done
