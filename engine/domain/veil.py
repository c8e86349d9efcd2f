"""Hides texts from those who are shown them: the same text always looks the same, and only the house reads it."""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESSIV


@dataclass(frozen=True)
class Veil:
    """AES-SIV (RFC 5297) under a key of 32 bytes; it needs no nonce, and what was not hidden by it is not seen."""

    read_key: Callable[[], bytes]
    """Asked when the first text is hidden."""

    def hide(self, text: str) -> str:
        """Write a text so that it tells nothing but roughly its length."""
        return urlsafe_b64encode(self._cipher.encrypt(text.encode(), None)).decode().rstrip("=")

    def see(self, hidden: str) -> str | None:
        """Read what `hide` wrote; None for anything else."""
        try:
            return self._cipher.decrypt(urlsafe_b64decode(hidden + "=" * (-len(hidden) % 4)), None).decode()
        except (InvalidTag, ValueError):
            return None

    @cached_property
    def _cipher(self) -> AESSIV:
        return AESSIV(self.read_key())
