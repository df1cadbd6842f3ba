"""Password hashes (argon2id) and which passwords are too easy to guess."""

from __future__ import annotations

import threading

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from zxcvbn.frequency_lists import FREQUENCY_LISTS

LEAST = 8
MOST = 128
# One hash takes 64 MiB and four threads: more than two at once would let strangers fill the memory.
_at_once = threading.BoundedSemaphore(2)
_hasher = PasswordHasher()
# 11,600 leaked passwords that are long enough, most common first (ASVS V6.2.4 asks for 3,000).
_common = frozenset(word for word in FREQUENCY_LISTS["passwords"] if len(word) >= LEAST)
# What an unknown user's attempt is checked against, so that it takes as long as a known one's.
_nobody = _hasher.hash("nobody has this password")


def make_hash(password: str) -> str:
    """The argon2id hash to be stored. Takes about 0.1 s: not inside a write transaction."""
    with _at_once:
        return _hasher.hash(password)


def matches(stored: str | None, password: str) -> bool:
    """Whether this is the password. stored: None or empty for nobody, at the same cost."""
    with _at_once:
        try:
            _hasher.verify(stored or _nobody, password)
        except (VerificationError, InvalidHashError):
            return False
    return bool(stored)


def is_outdated(stored: str) -> bool:
    """Whether this hash was made with weaker parameters than today's."""
    return _hasher.check_needs_rehash(stored)


def is_common(password: str) -> bool:
    """Whether this is one of the passwords that everybody tries first."""
    return password.lower() in _common or len(set(password)) <= 2
