"""The visitor's secret: whoever has it is the device that it names; ids seen in logs open nothing."""

from __future__ import annotations

import re
from base64 import urlsafe_b64encode
from functools import lru_cache
from hashlib import sha256

_SECRET = re.compile(r"[A-Za-z0-9_-]{43}")


@lru_cache(16_384)
def anonymous_id(secret: str) -> str | None:
    """Derive the anonymous id: base64url(SHA-256("rollcall-visitor-1:" + s)), 22 characters; None for no secret.

    A secret is 32 bytes as base64url text without padding."""
    if not _SECRET.fullmatch(secret):
        return None
    digest = sha256(b"rollcall-visitor-1:" + secret.encode()).digest()
    return urlsafe_b64encode(digest).decode()[:22]
