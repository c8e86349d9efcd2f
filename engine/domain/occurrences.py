"""What DID counts: for each leaf, the newest events on a fragment that match it; mergeable like everything there."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Any, TypeAlias

from engine.domain.events import Event

Occurrence: TypeAlias = tuple[int, str, str]
"""(instant, source, message id): an event counts once, however often it comes."""

Occurrences: TypeAlias = tuple[Occurrence, ...]
"""Oldest first, each once."""

Done: TypeAlias = Mapping[int, Occurrences]
"""Number of a leaf → what is kept for it. A leaf with nothing kept is left out."""

PAGE: Mapping[str, str] = MappingProxyType(
    {"url": "Page address", "path": "Path of the page", "title": "Title of the page", "referrer": "Page before"}
)
"""What is known of the page that an event came from, with a label each; WHERE asks about it as about a property."""


def properties_of(event: Event) -> dict[str, Any]:
    """Give what WHERE may ask about: the event's properties, or traits, and what is known of the page."""
    context = event.context
    page = {"url": context.url, "path": context.path, "title": context.title, "referrer": context.referrer}
    return {**page, **event.traits, **event.properties}


def add(kept: Occurrences, one: Occurrence, most: int) -> Occurrences:
    """Add one; only the `most` newest stay, and dropping is safe in any order, since newer ones never leave."""
    at = bisect_left(kept, one)
    if at < len(kept) and kept[at] == one:
        return kept
    return (*kept[:at], one, *kept[at:])[-most:]


def join(several: Iterable[Done]) -> Done:
    """Unite what fragments keep. Nothing is dropped: more than a leaf asks for changes no verdict."""
    found: dict[int, Occurrences] = {}
    for done in several:
        for leaf, kept in done.items():
            mine = found.get(leaf)
            found[leaf] = kept if mine is None else tuple(sorted({*mine, *kept}))
    return found
