"""Which addresses may become links: strangers write them, and `javascript:` is an address too."""

from __future__ import annotations

from urllib.parse import urlsplit

HOME = "/console/audiences"


def safe(address: str | None) -> str | None:
    """Give an address that is safe to click, or None: whole http(s) addresses only."""
    if address is None or not address.isprintable():
        return None
    try:
        parts = urlsplit(address)
    except ValueError:
        return None
    return address if parts.scheme in ("http", "https") and parts.netloc else None


def inside(address: str | None) -> str:
    """Give where to go after signing in: a page of this console, else its first one."""
    if address is None or not address.startswith("/console/") or "\\" in address or not address.isprintable():
        return HOME
    return address
