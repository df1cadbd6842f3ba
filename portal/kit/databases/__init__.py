"""The only door to target databases: connect, run one statement at a time, ask, look."""

from portal.kit.databases.doors import (
    is_running,
    look,
    open_session,
    stop,
    transaction_outcome,
)
from portal.kit.databases.errors import TargetError, TargetErrorKind
from portal.kit.databases.facts import ServerFacts
from portal.kit.databases.session import Session
from portal.kit.databases.target import Limits, Target

__all__ = [
    "Limits",
    "ServerFacts",
    "Session",
    "Target",
    "TargetError",
    "TargetErrorKind",
    "is_running",
    "look",
    "open_session",
    "stop",
    "transaction_outcome",
]
