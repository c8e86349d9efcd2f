"""Relay paging: from a field's arguments to a `Window`, and from a `Page` to what a connection tells about itself."""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from engine.errors import InvalidValue
from engine.ports import Page, Window
from graphql_api import described

T = TypeVar("T")
M = TypeVar("M")
Key = tuple[int, ...]

DEFAULT_SIZE = 20
LARGEST_SIZE = 100


@described.type_
class PageInfo:
    """Page information (Relay)."""

    end_cursor: str | None = described.attribute("Cursor of the last edge.")
    has_next_page: bool = described.attribute("More after this page.")
    has_previous_page: bool = described.attribute("More before this page.")
    start_cursor: str | None = described.attribute("Cursor of the first edge.")


@dataclass(frozen=True, slots=True)
class Bounds:
    """What `PageInfo` tells."""

    start_cursor: str | None
    end_cursor: str | None
    has_previous_page: bool
    has_next_page: bool


@dataclass(frozen=True, slots=True)
class Edge(Generic[T]):
    """An item in its place; `since` where the edge is a membership."""

    cursor: str
    node: T
    since: int | None = None


@dataclass(frozen=True, slots=True)
class Connection(Generic[T]):
    """A page as Relay wants it told."""

    edges: Sequence[Edge[T]]
    page_info: Bounds
    total: int | None

    @property
    def nodes(self) -> Sequence[T]:
        """Give the items alone."""
        return [edge.node for edge in self.edges]

    @property
    def total_count(self) -> int:
        """Give the total, which the port has promised where the schema has this field."""
        if self.total is None:
            raise AssertionError("a page with a promised total came without one")
        return self.total


def connection(page: Page[T]) -> Connection[T]:
    """Tell a page."""
    edges = [Edge(cursor, item) for item, cursor in zip(page.items, page.cursors, strict=True)]
    return Connection(edges, _bounds(page), page.total)


def shown(page: Page[M], read: Callable[[M], T | None]) -> Connection[T]:
    """Tell those of a page that `read` does not leave out; its bounds stay, so that one can go on after it."""
    told = ((cursor, read(item)) for item, cursor in zip(page.items, page.cursors, strict=True))
    return Connection([Edge(cursor, item) for cursor, item in told if item is not None], _bounds(page), page.total)


def memberships(page: Page[M], read: Callable[[M], tuple[T, int]]) -> Connection[T]:
    """Tell a page of memberships from either side; `read` gives the other side and since when."""
    edges = [Edge(cursor, *read(item)) for item, cursor in zip(page.items, page.cursors, strict=True)]
    return Connection(edges, _bounds(page), page.total)


def _bounds(page: Page[Any]) -> Bounds:
    first, last = (page.cursors[0], page.cursors[-1]) if page.cursors else (None, None)
    return Bounds(first, last, page.has_previous, page.has_next)


def window(first: int | None, after: str | None, last: int | None, before: str | None) -> Window:
    """Check a connection's arguments: 20 items unless told, at most 100. Raises InvalidValue."""
    if first is not None and last is not None:
        raise InvalidValue("Give `first` or `last`, not both.", ("last",))
    if last is not None:
        return Window(last=size(last, "last"), before=before, after=after)
    return Window(first=size(first), after=after, before=before)


def size(count: int | None, argument: str = "first") -> int:
    """Check how many items are asked for; 20 unless told. Raises InvalidValue."""
    if count is None:
        return DEFAULT_SIZE
    if not 1 <= count <= LARGEST_SIZE:
        advice = "page on with `after`" if count > 0 else "ask for one or more"
        raise InvalidValue(
            f"`{argument}` must lie between 1 and {LARGEST_SIZE}, not be {count}: {advice}.", (argument,)
        )
    return count


def cut(items: Sequence[T], key_of: Callable[[T], Key], within: Window) -> Page[T]:
    """Cut a page out of items in memory, which are in order of their keys."""
    after, before = read_cursor(within.after), read_cursor(within.before)
    inside = [
        item for item in items if (after is None or key_of(item) > after) and (before is None or key_of(item) < before)
    ]
    chosen = inside[: within.first] if within.last is None else inside[-within.last :]
    return Page(
        items=chosen,
        cursors=[write_cursor(key_of(item)) for item in chosen],
        has_next=bool(items and chosen) and key_of(chosen[-1]) != key_of(items[-1]),
        has_previous=bool(items and chosen) and key_of(chosen[0]) != key_of(items[0]),
        total=len(items),
    )


def write_cursor(key: Key) -> str:
    """Write a place in an order as an opaque text."""
    return urlsafe_b64encode(",".join(map(str, key)).encode()).decode().rstrip("=")


def read_cursor(cursor: str | None) -> Key | None:
    """Read a place in an order; None stays None. Raises InvalidValue."""
    if cursor is None:
        return None
    try:
        text = urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode()
        return tuple(int(part) for part in text.split(","))
    except ValueError:
        raise InvalidValue(f"{cursor!r} is not a cursor of this connection.", ("after",)) from None
