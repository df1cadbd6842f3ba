"""Secrets at rest: Fernet with a list of keys, of which the first encrypts and all decrypt."""

from __future__ import annotations

import hashlib
import secrets

from cryptography.fernet import Fernet, InvalidToken, MultiFernet


class UnreadableSecret(Exception):
    """A stored secret cannot be decrypted with the keys at hand; it must be entered again."""


class SecretBox:
    """Encrypts and decrypts text. keys: Fernet keys, first encrypts."""

    def __init__(self, keys: list[str]):
        self._fernet = MultiFernet([Fernet(key) for key in keys])

    def encrypt(self, text: str) -> str:
        return self._fernet.encrypt(text.encode()).decode()

    def decrypt(self, token: str) -> str:
        """Raises UnreadableSecret; never answers an empty string for a lost secret."""
        try:
            return self._fernet.decrypt(token.encode()).decode()
        except InvalidToken:
            raise UnreadableSecret from None

    def rotate(self, token: str) -> str:
        """The same secret under the first key. Raises UnreadableSecret."""
        try:
            return self._fernet.rotate(token.encode()).decode()
        except InvalidToken:
            raise UnreadableSecret from None


def new_token() -> str:
    """256 random bits, for a session id."""
    return secrets.token_urlsafe(32)


def digest(text: str) -> str:
    """SHA-256 in hex: how a session id is stored, and the key of a token cache."""
    return hashlib.sha256(text.encode()).hexdigest()
