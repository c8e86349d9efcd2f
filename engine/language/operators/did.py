"""`DID "Event" …`: counts what happened within a window, from the most recent instants, newest first."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import inf
from typing import Any

from engine.language.dates import Shift, moved, reached
from engine.language.nodes import Bound, Dates, Did, Last
from engine.language.operators.kinds import Bind

DidHolds = Callable[[Sequence[int], int], bool]
DidChanges = Callable[[Sequence[int], int], int | None]


def count_of(test: Did) -> int:
    """Give the number that it compares with."""
    assert isinstance(test.count.value, float)
    return int(test.count.value)


def window_of(test: Did) -> Shift | None:
    """Give the length of a window that ends now; None where the events counted do not depend on now."""
    if not isinstance(test.window, Last):
        return None
    assert isinstance(test.window.length.value, Shift)
    return Shift(-test.window.length.value.amount, test.window.length.value.unit)


def bounds(test: Did) -> Callable[[int], tuple[float, float]]:
    """Give what tells the window as of now: what counts comes after the first instant, and not after the second."""
    if isinstance(test.window, Dates):
        start, end = test.window.start.value, test.window.end.value
        assert isinstance(start, int)
        assert isinstance(end, int)
        return lambda now: (start - 1, min(now, end))
    window = window_of(test)
    return lambda now: (-inf if window is None else moved(now, window), now)


def within(instants: Sequence[int], now: int, window: Shift | None) -> list[int]:
    """Give the instants within the window: after its start, not after now."""
    start = None if window is None else moved(now, window)
    return [instant for instant in instants if instant <= now and (start is None or instant > start)]


def holds(test: Did) -> DidHolds:
    """Decide from the instants of matching events."""
    count, window, bound = count_of(test), window_of(test), test.bound

    def decide(instants: Sequence[int], now: int) -> bool:
        found = len(within(instants, now, window))
        if bound is Bound.AT_LEAST:
            return found >= count
        return found <= count if bound is Bound.AT_MOST else found == count

    return decide


def many(test: Did, least: Any, most: Any) -> tuple[Any, Any]:
    """Decide for arrays of how often it surely happened, and may have: whom it surely holds for, and whom perhaps."""
    count = count_of(test)
    match test.bound:
        case Bound.AT_LEAST:
            return least >= count, most >= count
        case Bound.AT_MOST:
            return most <= count, least <= count
        case Bound.EXACTLY:
            return (least == count) & (most == count), (least <= count) & (most >= count)


def python(test: Did, variable: str, bind: Bind) -> str:
    """Write the same as a Python expression over `variable`, the instants, and `now`."""
    return f"{bind(holds(test))}({variable}, now)"


def changes(test: Did) -> DidChanges:
    """Tell when the next event that matters leaves the window, or one that is still to come enters it."""
    count, window, bound = count_of(test), window_of(test), test.bound

    def change(instants: Sequence[int], now: int) -> int | None:
        coming = min((instant for instant in instants if instant > now), default=None)
        leaving = None if window is None else _leaves(instants, now, count, bound, window)
        return min((instant for instant in (coming, leaving) if instant is not None), default=None)

    return change


def _leaves(instants: Sequence[int], now: int, count: int, bound: Bound, window: Shift) -> int | None:
    """AT LEAST ends when the count-th newest leaves, AT MOST begins when the next does, EXACTLY holds in between."""
    inside = within(instants, now, window)
    if len(inside) < count:
        return None
    ends = reached(inside[count - 1], window)
    if bound is Bound.AT_LEAST or (bound is Bound.EXACTLY and len(inside) == count):
        return ends
    begins = reached(inside[count], window) if len(inside) > count else None
    return None if bound is Bound.EXACTLY and begins == ends else begins
