"""`BETWEEN a AND b`: both ends included."""

from __future__ import annotations

from typing import Any

from engine.language.nodes import Between, Compare, Literal, Order
from engine.language.operators import compare
from engine.language.operators.kinds import Bind, Changes, Falls, Holds, Many


def ends(test: Between) -> tuple[Compare, Compare]:
    """Give the two comparisons that it stands for."""
    return _end(test, Order.AT_LEAST, test.low), _end(test, Order.AT_MOST, test.high)


def _end(test: Between, order: Order, literal: Literal) -> Compare:
    return Compare(test.name, order, literal, test.at)


def holds(test: Between) -> Holds:
    """Decide for a value that is there and of the field's type."""
    low, high = (compare.holds(end) for end in ends(test))
    return lambda value, now: low(value, now) and high(value, now)


def many(test: Between) -> Many:
    """Decide for an array of values."""
    low, high = (compare.holds(end) for end in ends(test))
    return lambda values, now: low(values, now) & high(values, now)


def python(test: Between, variable: str, bind: Bind) -> str:
    """Write the same as a Python expression over `variable` and `now`."""
    low, high = ends(test)
    return f"{compare.python(low, variable, bind)} and {compare.python(high, variable, bind)}"


def changes(test: Between) -> Changes | None:
    """Tell when the verdict turns: while it does not hold, not before each failing end has turned."""
    sides = [(compare.holds(end), compare.changes(end)) for end in ends(test)]
    if all(turns is None for _, turns in sides):
        return None

    def change(value: Any, now: int, falls: Falls) -> int | None:
        failing = [turns for decide, turns in sides if not decide(value, now)]
        instants = [turns and turns(value, now, falls) for turns in failing or [turns for _, turns in sides]]
        known = [instant for instant in instants if instant is not None]
        if failing:
            return max(known) if len(known) == len(failing) else None
        return min(known, default=None)

    return change
