"""How large and how deep an event may be, and what is kept of one that is refused."""

from __future__ import annotations

from typing import Any

import msgspec

from collector.limits import LARGEST_EVENT, MOST_NESTED
from collector.protocols.decoded import Refused

KEPT_OF_REFUSED = 4_000
PRIVATE = frozenset({"identityToken", "visitorSecret", "writeKey"})
"""Keys beside an event's own that are not kept, whatever becomes of it."""
_encode = msgspec.json.Encoder().encode


def check_size(item: dict[str, Any]) -> None:
    """Raise Refused for an event that is too large or too deep; only one with many brackets is looked into."""
    try:
        text = _encode(item)
    except RecursionError:
        text = b"{" * LARGEST_EVENT
    if text.count(b"{") + text.count(b"[") > MOST_NESTED and _is_deep(item):
        raise Refused("too_deep", "", f"An event nests at most {MOST_NESTED} deep.")
    if len(text) > LARGEST_EVENT:
        raise Refused("too_large", "", f"An event is at most {LARGEST_EVENT // 1024} KB.")


def _is_deep(value: Any) -> bool:
    level = [value]
    for _ in range(MOST_NESTED):
        inside = (one.values() if isinstance(one, dict) else one for one in level)
        level = [one for several in inside for one in several if isinstance(one, dict | list)]
        if not level:
            return False
    return True


def kept(item: Any) -> str:
    """Give an event as text to keep, without what only its sender may know."""
    if isinstance(item, dict):
        item = {name: value for name, value in item.items() if name not in PRIVATE}
    try:
        return _encode(item).decode()[:KEPT_OF_REFUSED]
    except RecursionError:
        return "(nested too deeply to be kept)"
