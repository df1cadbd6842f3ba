"""The one error that leaves a provider's folder: it says what the caller has to do."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum


class Kind(StrEnum):
    """What the caller must do about a failed exchange with a provider.

    RETRY            surely nothing happened over there; the same call may be made again,
                     not before `retry_after` seconds where the provider named a time
    UNKNOWN_OUTCOME  bytes left and no usable answer came: look before sending again
    CREDENTIALS      wrong AppKey or AppSecret: nothing works until somebody mends the settings
    PERMISSION       a scope is missing; `scopes` names it, `apply_url` is where to ask for it
    QUOTA            the organisation's monthly calls are used up
    NOT_FOUND        the thing or person asked for does not exist over there
    REFUSED          refused for good; the provider's own sentence says why
    """

    RETRY = "retry"
    UNKNOWN_OUTCOME = "unknown_outcome"
    CREDENTIALS = "credentials"
    PERMISSION = "permission"
    QUOTA = "quota"
    NOT_FOUND = "not_found"
    REFUSED = "refused"


@dataclass
class ProviderError(Exception):
    """An exchange with a provider that did not end well.

    provider     registered name, e.g. "dingtalk"
    code         the provider's own code, or one of ours for transport trouble
                 ("connect", "timeout", "reset", "tls", "redirect", "too_large", "unreadable")
    message      the provider's own sentence, shown to people as it is; never a secret
    retry_after  seconds, where the provider said how long to wait
    throttled    the refusal was about rate; the whole app must wait, not only this call
    """

    provider: str
    code: str
    message: str
    kind: Kind
    retry_after: float | None = None
    throttled: bool = False
    scopes: tuple[str, ...] = field(default_factory=tuple)
    apply_url: str | None = None
    http_status: int | None = None

    def __str__(self) -> str:
        return f"{self.provider} {self.code} ({self.kind}): {self.message}"
