"""How a browser proves which visitor it is: `Authorization: Visitor <secret>`."""

from __future__ import annotations

from engine.domain.visitors import anonymous_id

SCHEME = "Visitor "


def from_authorization(header: str | None) -> str | None:
    """Read the header as the anonymous id that it proves."""
    if header is None or not header.startswith(SCHEME):
        return None
    return anonymous_id(header[len(SCHEME) :].strip())
