"""The pixel: one event from the query of an address, for e-mail and pages without script."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qsl

OF_THE_CALL = ("event", "name", "anonymousId", "userId", "messageId", "timestamp")
UTM = "utm_"
MOST_FIELDS = 500


def event_of(query: bytes) -> dict[str, Any]:
    """Give a track call where the query names its event, else a page view; what is not of the call is a property."""
    pairs = parse_qsl(query.decode("latin-1"))[:MOST_FIELDS]
    said = {name: value for name, value in pairs if name not in ("writeKey", "type")}
    call = {name: said.pop(name) for name in OF_THE_CALL if name in said}
    campaign = {_campaign(name): said.pop(name) for name in list(said) if name.startswith(UTM)}
    type = "track" if call.get("event") else "page"
    return {"type": type, **call, "properties": said, "context": {"campaign": campaign}}


def _campaign(name: str) -> str:
    short = name.removeprefix(UTM)
    return "name" if short == "campaign" else short
