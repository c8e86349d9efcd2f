"""Who asks: the anonymous id proven by the visitor's own secret, as the tag sends it."""

from __future__ import annotations

import re
from base64 import urlsafe_b64encode
from hashlib import sha256

from starlette.requests import Request

SECRET = re.compile(r"[A-Za-z0-9_-]{43}")


def authorization(request: Request) -> str:
    """Give the `Authorization` header as it came, empty when there is none."""
    return request.headers.get("authorization", "")


def anonymous_id(request: Request) -> str | None:
    """Derive the device's id from `Authorization: Visitor <secret>`; None without a well-formed secret."""
    scheme, _, secret = authorization(request).partition(" ")
    if scheme.lower() != "visitor" or not SECRET.fullmatch(secret):
        return None
    digest = sha256(f"rollcall-visitor-1:{secret}".encode()).digest()
    return urlsafe_b64encode(digest).decode()[:22]
