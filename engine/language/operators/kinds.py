"""The shapes that operators share: what decides, what changes, what binds a constant."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from engine.language.nodes import Name
from engine.values import FieldType, Motion, Time

Holds = Callable[[Any, int], bool]
"""From a value of the field's type, and now, to the verdict."""

Many = Callable[[Any, int], Any]
"""The same of an array of values at once, to an array of verdicts."""

Falls = Callable[[float, bool], int | None]
"""First instant after now at which this field is below a value (or at it, if inclusive)."""

Changes = Callable[[Any, int, Falls], int | None]
"""From a value, now and how the field falls to the earliest instant after now at which the verdict can turn."""

Bind = Callable[[object], str]
"""Gives a constant a name in generated code."""

PYTHON_TYPES: dict[FieldType, type] = {
    FieldType.STRING: str,
    FieldType.NUMBER: float,
    FieldType.BOOLEAN: bool,
    FieldType.TIME: Time,
    FieldType.SET: frozenset,
    FieldType.MAP: dict,
}


def decays(name: Name) -> bool:
    """Tell whether the field falls while nothing happens."""
    return name.resolved is not None and name.resolved.motion is Motion.DECAYING
