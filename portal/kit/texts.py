"""Numbers as people read them."""

from __future__ import annotations


def percent(share: float) -> str:
    """0.6666 as 66.7%, 1.0 as 100%."""
    return f"{share * 100:.1f}".removesuffix(".0") + "%"


def score(points: float) -> str:
    """At most one decimal: 91.25 as 91.2, 100.0 as 100."""
    return f"{points:.1f}".removesuffix(".0")


def seconds(duration: float) -> str:
    """0.0123 as 0.01, 83.25 as 83; the shortest as <0.01."""
    if duration < 0.01:
        return "<0.01"
    return f"{duration:.2f}" if duration < 10 else f"{duration:.0f}"
