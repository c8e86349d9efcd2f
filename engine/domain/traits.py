"""Traits as attributes: nested ones flattened with dots, values typed, what a trait may not be called or hold."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any

from engine.values import Time, Value, parse_time

RESERVED = frozenset(
    [
        "email",
        "user_id",
        "anonymous_id",
        "known",
        "device_ids",
        "identifier_count",
        "identities",
        "audiences",
        "attributes",
        "affinity",
        "visit_count",
        "page_view_count",
        "event_count",
        "first_seen_at",
        "last_seen_at",
        "first_visit_at",
        "last_visit_at",
        "utm_sources",
        "utm_mediums",
        "utm_campaigns",
        "utm_terms",
        "utm_contents",
        "channels",
        "devices",
        "browsers",
        "systems",
        "referrer_domains",
        "languages",
    ]
)
MOST_DEPTH = 5
LONGEST_NAME = 200
LONGEST_TEXT = 4_000
MOST_IN_SET = 1_000


def is_reserved(name: str) -> bool:
    """Tell whether a trait of this name would shadow a field of the house."""
    return name in RESERVED or name.startswith(("_", "score_", "affinity.", "consent."))


def flatten(traits: Mapping[str, Any], before: str = "", depth: int = 1) -> Iterator[tuple[str, Value | None]]:
    """Give each trait by its dotted name; None deletes. Reserved names and what cannot be held are left out."""
    for key, raw in traits.items():
        name = before + key
        if is_reserved(name) or not key or len(name) > LONGEST_NAME:
            continue
        if isinstance(raw, dict):
            if depth < MOST_DEPTH:
                yield from flatten(raw, name + ".", depth + 1)
        elif raw is None:
            yield name, None
        elif (value := typed(raw)) is not None:
            yield name, value


def left_out(traits: Mapping[str, Any], before: str = "", depth: int = 1) -> Iterator[tuple[str, str]]:
    """Tell what `flatten` leaves out or cuts, by its dotted name, and why."""
    for key, raw in traits.items():
        name = before + key
        if is_reserved(name):
            yield name, "is a name of the house and was left out"
        elif not key or len(name) > LONGEST_NAME:
            yield name[:LONGEST_NAME], f"was left out: a name has 1 to {LONGEST_NAME} characters"
        elif isinstance(raw, dict) and depth < MOST_DEPTH:
            yield from left_out(raw, name + ".", depth + 1)
        elif reason := _not_held(raw):
            yield name, reason


def _not_held(raw: Any) -> str | None:
    match raw:
        case dict():
            return f"was left out: traits nest at most {MOST_DEPTH} deep"
        case str() if len(raw) > LONGEST_TEXT:
            return f"was cut to {LONGEST_TEXT} characters"
        case list() if len(raw) > MOST_IN_SET or not all(isinstance(item, str | int | float) for item in raw):
            return f"keeps only words and numbers, at most {MOST_IN_SET}"
        case int() | float() if typed(raw) is None:
            return "was left out: the number is too large"
        case _:
            return None


def typed(raw: Any) -> Value | None:
    """Read a JSON value as text, number, truth, time or set; None for what cannot be held."""
    match raw:
        case bool():
            return raw
        case int() | float():
            return _number(raw)
        case str():
            instant = parse_time(raw)
            return instant if instant is not None else raw[:LONGEST_TEXT]
        case list():
            return frozenset(_word(item) for item in raw[:MOST_IN_SET] if isinstance(item, str | int | float))
        case _:
            return None


def _number(raw: int | float) -> float | None:
    try:
        number = float(raw)
    except OverflowError:
        return None
    return number if math.isfinite(number) else None


def _word(item: str | int | float) -> str:
    match item:
        case bool():
            return "true" if item else "false"
        case float() if item.is_integer():
            return str(int(item))
        case _:
            return str(item)[:LONGEST_TEXT]


def plain(value: Value) -> Any:
    """Give a value in a form that MessagePack holds; a time becomes a one-element list."""
    match value:
        case Time():
            return [int(value)]
        case frozenset():
            return {"set": sorted(value)}
        case _:
            return value


def held(stored: Any) -> Value | None:
    """Read back what `plain` gave."""
    match stored:
        case [at]:
            return Time(at)
        case {"set": words}:
            return frozenset(words)
        case int() if not isinstance(stored, bool):
            return float(stored)
        case _:
            return stored
