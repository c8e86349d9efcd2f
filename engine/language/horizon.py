"""When a verdict can next change with no event: never late, and early only where being exact would cost too much."""

from __future__ import annotations

from collections.abc import Callable

from engine.language.definition import Definition
from engine.language.nodes import All, And, Did, Include, Node, Not, Or
from engine.language.outlook import Look, Outlook, combined, look_at, look_at_events, opposite
from engine.language.types import MovingFields

Horizon = Callable[[MovingFields, int], int | None]
"""The earliest instant after now at which the verdict can change by time alone; None for never."""


def compile_horizon(definition: Definition) -> Horizon:
    """Compile a definition. Included audiences are left out: each has a horizon of its own."""
    if not definition.moves:
        return lambda fields, now: None
    look = _look(definition.root)
    return lambda fields, now: look(fields, now).until


def _look(node: Node) -> Look:
    match node:
        case All():
            return lambda fields, now: Outlook(True, None)
        case Include():
            return lambda fields, now: Outlook(None, None)
        case Not(item):
            look = _look(item)
            return lambda fields, now: opposite(look(fields, now))
        case And(items):
            return _group(False, [_look(item) for item in items])
        case Or(items):
            return _group(True, [_look(item) for item in items])
        case Did():
            return look_at_events(node)
        case _:
            return look_at(node)


def _group(decisive: bool, looks: list[Look]) -> Look:
    return lambda fields, now: combined(decisive, (look(fields, now) for look in looks))
