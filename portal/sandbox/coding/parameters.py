"""Reads the members of a request: text, whole numbers, dates. Raises Refusal for what is wrong.

OAS has ids as numbers, working clients also send digits as text: both are taken.
"""

import datetime

from .answers import BAD_VALUE, Refusal

ZONE = datetime.timezone(datetime.timedelta(hours=8))
MOST_ROWS = 500
DAY = datetime.timedelta(days=1)


def text(body: dict, name: str, *, is_required: bool = True) -> str:
    value = body.get(name)
    if value is None or value == "":
        if is_required:
            raise missing(name)
        return ""
    if not isinstance(value, str):
        raise bad_value(name)
    return value


def number(body: dict, name: str, default: int | None = None) -> int:
    """A whole number, not below 0. Without a default it is required."""
    value = body.get(name)
    if value is None or value == "":
        if default is None:
            raise missing(name)
        return default
    if isinstance(value, str) and value.isascii() and value.isdecimal():
        return int(value)
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise bad_value(name)
    return value


def rows(body: dict, name: str, default: int | None = None) -> int:
    """How many rows to give: 1 to 500."""
    found = number(body, name, default)
    if not 1 <= found <= MOST_ROWS:
        raise bad_value(name)
    return found


def page(body: dict) -> tuple[int, int]:
    """(PageNumber, PageSize); both are required."""
    wanted, size = number(body, "PageNumber"), rows(body, "PageSize")
    if wanted < 1:
        raise bad_value("PageNumber")
    return wanted, size


def paged(found: list, wanted: int, size: int) -> list:
    return found[(wanted - 1) * size : wanted * size]


def date_ms(body: dict, name: str, *, is_end: bool = False) -> int:
    """Milliseconds of a day's first second, or its last; 0 for none. Days are China's."""
    value = text(body, name, is_required=False)
    if not value:
        return 0
    try:
        day = datetime.datetime.strptime(value, "%Y-%m-%d").replace(tzinfo=ZONE)
    except ValueError:
        raise bad_value(name) from None
    return milliseconds(day + (DAY - datetime.timedelta(seconds=1) if is_end else DAY * 0))


def milliseconds(moment: datetime.datetime) -> int:
    return int(moment.timestamp() * 1000)


def missing(name: str) -> Refusal:
    return Refusal("InvalidParameter", f"The parameter {name} is required.")


def bad_value(name: str) -> Refusal:
    return Refusal(BAD_VALUE, f"The value of {name} is invalid.")
