"""Phone numbers: as people write them in, E.164 ("+8613800000001") kept."""

from __future__ import annotations

import re

import phonenumbers

REGION = "CN"
_WRITTEN = re.compile(r"^\+?[\d\s().-]+$")


def parse(text: str) -> str:
    """E.164 of a number, in mainland China unless it says otherwise. Raises ValueError."""
    if not _WRITTEN.match(text):  # the library also takes letters and extensions
        raise ValueError("not written as a phone number")
    try:
        number = phonenumbers.parse(text, REGION)
    except phonenumbers.NumberParseException as error:
        raise ValueError(str(error)) from None
    if not phonenumbers.is_valid_number(number):
        raise ValueError("no such number")
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def shown(number: str) -> str:
    """As people here write it: a mainland number bare, any other with its country."""
    return number.removeprefix("+86") if number.startswith("+86") else number
