"""Keyset pages: the same few lines for every list, in both directions."""

from __future__ import annotations

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from engine.errors import InvalidValue
from engine.ports import Page, Window

T = TypeVar("T")
Key = tuple[int | str, ...]
Shape = tuple[type[int] | type[str], ...]
DEFAULT_SIZE = 20
MOST = 10_000
LONGEST = 4_000
"""Characters of a cursor; those of names are the longest."""


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


def fetch(window: Window, shape: Shape, read: Callable[[Slice], Sequence[T]]) -> Rows[T]:
    """Read one page and one row more, to know whether there is more; `shape` tells what a key of this list is.

    Raises InvalidValue for a window that asks for less than nothing, in both directions, or from nowhere."""
    backwards = _is_backwards(window)
    cursor, side = (window.before, "before") if backwards else (window.after, "after")
    asked = window.last if backwards else window.first
    wanted = DEFAULT_SIZE if asked is None else asked
    beyond = None if cursor is None else from_cursor(cursor, shape, side)
    rows = list(read(Slice(beyond, wanted + 1, backwards)))
    more = len(rows) > wanted
    rows = rows[:wanted]
    if backwards:
        return Rows(rows[::-1], window.before is not None, more)
    return Rows(rows, more, window.after is not None)


def to_cursor(key: Key) -> str:
    """Write a key as an opaque text."""
    return urlsafe_b64encode(json.dumps(key).encode()).decode().rstrip("=")


def from_cursor(cursor: str, shape: Shape, side: str) -> Key:
    """Read a cursor of a list whose keys have this shape. Raises InvalidValue."""
    try:
        key = json.loads(urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))) if len(cursor) <= LONGEST else None
    except (ValueError, RecursionError):
        key = None
    if not isinstance(key, list) or [type(part) for part in key] != list(shape) or not _fits(key):
        raise InvalidValue(
            f"{cursor[:40]!r} is not a cursor of this list. Use one from `pageInfo` or `edges`.", (side,)
        )
    return tuple(key)


def _is_backwards(window: Window) -> bool:
    """Tell the direction of a window, and refuse one that makes no sense."""
    backwards = window.last is not None
    stray = window.after if backwards else window.before
    if stray is not None or (backwards and window.first is not None):
        raise InvalidValue("Page on with `first` and `after`, or back with `last` and `before`.", ("before",))
    for name in ("first", "last"):
        count = getattr(window, name)
        if count is not None and not 0 <= count <= MOST:
            raise InvalidValue(f"`{name}` lies between 0 and {MOST}.", (name,))
    return backwards


def _fits(key: Iterable[int | str]) -> bool:
    """Tell whether whole numbers are such as SQLite holds."""
    return all(-(2**63) <= part < 2**63 for part in key if isinstance(part, int))
