"""Answers that quote what we sent: nothing of it may be shown, kept or logged."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from portal.kit.errors import ProviderError
from portal.kit.http import Answer

LEAST_LENGTH = 8  # what is shorter is no secret, and stands in many a word


def without(answer: Answer, secrets: Sequence[str]) -> Answer:
    """The answer with these taken out of all its texts, however JSON writes them.

    Before anything is read from it: what is cut or picked out of a text may hold half a secret.
    """
    hidden = [one for one in secrets if len(one) >= LEAST_LENGTH]
    try:
        body = json.dumps(_hide(answer.json(), hidden))
    except (ProviderError, RecursionError):  # no JSON: byte for byte, in whatever encoding
        body = _hide(answer.body.decode("latin-1"), hidden)
    return replace(answer, body=body.encode("latin-1"))


def _hide(value: Any, secrets: Sequence[str]) -> Any:
    if isinstance(value, str):
        for secret in secrets:
            value = value.replace(secret, "***")
        return value
    if isinstance(value, dict):
        return {_hide(name, secrets): _hide(one, secrets) for name, one in value.items()}
    if isinstance(value, list):
        return [_hide(one, secrets) for one in value]
    return value
