"""How times are written in answers. Fact sheet, section 5: minute precision, zone unconfirmed."""

from datetime import UTC, datetime


def shown_time(ms: int | None) -> str:
    """yyyy-MM-ddTHH:mmZ, in UTC; empty for a time that has not come."""
    return "" if ms is None else datetime.fromtimestamp(ms / 1000, UTC).strftime("%Y-%m-%dT%H:%MZ")
