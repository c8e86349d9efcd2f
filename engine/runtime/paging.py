"""Keyset pages: the same few lines for every list, in both directions."""

from __future__ import annotations

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from engine.errors import InvalidValue
from engine.ports import Page, Window

T = TypeVar("T")
Key = tuple[int | str, ...]
DEFAULT_SIZE = 20


@dataclass(frozen=True, slots=True)
class Slice:
    """What a storage function is asked: rows beyond a key, so many, towards the start or the end."""

    beyond: Key | None
    limit: int
    backwards: bool


@dataclass(frozen=True, slots=True)
class Rows(Generic[T]):
    """Rows of a page in order, and whether there are more on either side."""

    items: Sequence[T]
    has_next: bool
    has_previous: bool

    def page(self, key: Callable[[T], Key], total: int | None = None) -> Page[T]:
        """Make the page that ports give."""
        return Page(self.items, [to_cursor(key(one)) for one in self.items], self.has_next, self.has_previous, total)


def fetch(window: Window, read: Callable[[Slice], Sequence[T]]) -> Rows[T]:
    """Read one page and one row more, to know whether there is more."""
    backwards = window.last is not None
    wanted = (window.last if backwards else window.first) or DEFAULT_SIZE
    cursor = window.before if backwards else window.after
    rows = list(read(Slice(from_cursor(cursor) if cursor else None, wanted + 1, backwards)))
    more = len(rows) > wanted
    rows = rows[:wanted]
    if backwards:
        return Rows(rows[::-1], window.before is not None, more)
    return Rows(rows, more, window.after is not None)


def to_cursor(key: Key) -> str:
    """Write a key as an opaque text."""
    return urlsafe_b64encode(json.dumps(key).encode()).decode().rstrip("=")


def from_cursor(cursor: str) -> Key:
    """Read a cursor. Raises InvalidValue."""
    try:
        key = json.loads(urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except ValueError:
        key = None
    if not isinstance(key, list) or not all(isinstance(part, int | str) for part in key):
        raise InvalidValue(f"{cursor!r} is not a cursor. Use one from `pageInfo` or `edges`.", ("after",))
    return tuple(key)
