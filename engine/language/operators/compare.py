"""`=`, `<`, `<=`, `>`, `>=`: one value against one literal."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

from engine.language.dates import Shift, moved, reached
from engine.language.nodes import Compare, Order
from engine.language.operators.kinds import Bind, Changes, Falls, Holds, decays

_DECIDE: Mapping[Order, Callable[[Any, Any], bool]] = {
    Order.EQUAL: operator.eq,
    Order.LESS: operator.lt,
    Order.AT_MOST: operator.le,
    Order.MORE: operator.gt,
    Order.AT_LEAST: operator.ge,
}


def holds(test: Compare) -> Holds:
    """Decide for a value that is there and of the field's type, or for an array of them."""
    decide, literal = _DECIDE[test.order], test.value.value
    if isinstance(literal, Shift):
        return lambda value, now: decide(value, moved(now, literal))
    return lambda value, now: decide(value, literal)


def python(test: Compare, variable: str, bind: Bind) -> str:
    """Write the same as a Python expression over `variable` and `now`."""
    literal = test.value.value
    sign = "==" if test.order is Order.EQUAL else test.order.value
    if isinstance(literal, bool):
        return f"{variable} is {literal}"
    return f"{variable} {sign} {instant(literal, bind) if isinstance(literal, Shift) else bind(literal)}"


def instant(shift: Shift, bind: Bind) -> str:
    """Write the instant that a shift means, in Python; the calendar's is kept, since many ask at the same now."""
    if shift.milliseconds is None:
        return f"{bind(lru_cache(maxsize=16)(lambda now: moved(now, shift)))}(now)"
    return f"now + {bind(shift.milliseconds)}" if shift.amount else "now"


def changes(test: Compare) -> Changes | None:
    """Tell when the verdict turns by time alone; None for a test that never moves."""
    literal = test.value.value
    if isinstance(literal, Shift):
        return _ageing(test.order, literal)
    if decays(test.name) and isinstance(literal, float):
        return _decaying(test.order, literal)
    return None


def _ageing(order: Order, shift: Shift) -> Changes:
    """Follow the literal as it passes the value: `>` ends when it reaches it, `>=` a millisecond later."""
    later = order in (Order.AT_LEAST, Order.LESS)
    decide = _DECIDE[order]
    turns_when = order in (Order.MORE, Order.AT_LEAST)

    def change(value: Any, now: int, falls: Falls) -> int | None:
        return reached(value + later, shift) if decide(value, moved(now, shift)) is turns_when else None

    return change


def _decaying(order: Order, literal: float) -> Changes:
    """Follow the value as it falls past the literal."""
    reaches = order in (Order.MORE, Order.AT_MOST)

    def change(value: Any, now: int, falls: Falls) -> int | None:
        if value > literal:
            return falls(literal, reaches or order is Order.EQUAL)
        return falls(literal, False) if value == literal and not reaches else None

    return change
