"""`IN (…)` and `INTERSECTS (…)`: a value, or any of a set's values or a map's keys, is in a list."""

from __future__ import annotations

from typing import Any

import numpy as np

from engine.language.nodes import In, Intersects, Name
from engine.language.operators.kinds import Bind, Changes, Falls, Holds, Many, decays
from engine.values import FieldType


def listed(test: In | Intersects) -> frozenset[Any]:
    """Give the list's values."""
    return frozenset(literal.value for literal in test.values)


def has_members(name: Name) -> bool:
    """Tell whether the field holds many values, of which any may match."""
    members = (FieldType.SET, FieldType.MAP)
    return name.resolved is not None and name.key is None and name.resolved.type in members


def holds(test: In | Intersects) -> Holds:
    """Decide for a value that is there and of the field's type."""
    values = listed(test)
    if has_members(test.name):
        return lambda value, now: not values.isdisjoint(value)
    return lambda value, now: value in values


def many(test: In | Intersects) -> Many:
    """Decide for an array of numbers."""
    values = np.array(sorted(listed(test)))
    return lambda numbers, now: np.isin(numbers, values)


def python(test: In | Intersects, variable: str, bind: Bind) -> str:
    """Write the same as a Python expression over `variable`."""
    values = bind(listed(test))
    return f"not {values}.isdisjoint({variable})" if has_members(test.name) else f"{variable} in {values}"


def changes(test: In | Intersects) -> Changes | None:
    """Tell when a falling number leaves its place in the list, or falls to the next one."""
    if has_members(test.name) or not decays(test.name):
        return None
    values = sorted(listed(test), reverse=True)

    def change(value: Any, now: int, falls: Falls) -> int | None:
        if value in values:
            return falls(value, False)
        below = next((listed for listed in values if listed < value), None)
        return None if below is None else falls(below, True)

    return change
