"""How large a definition may be, so that none takes long."""

from __future__ import annotations

from engine.errors import InvalidDefinition
from engine.language.layout import MOST_CONDITIONS, MOST_DEPTH
from engine.language.nodes import And, Did, In, Intersects, Node, Not, Or, Place
from engine.language.problems import invalid

MOST_BYTES = 64 * 1024
MOST_VALUES = 1_000


def check_size(text: str) -> None:
    """Refuse a text that is too long. Raises InvalidDefinition."""
    if len(text) > MOST_BYTES or len(text.encode(errors="replace")) > MOST_BYTES:
        advice = f"A definition has at most {MOST_BYTES:,} bytes: split it and INCLUDE the parts."
        raise invalid(Place(), "too_long", advice)


def too_deep(at: Place) -> InvalidDefinition:
    """Make the error for too much nesting."""
    advice = f"At most {MOST_DEPTH} levels of brackets and NOT: split the definition and INCLUDE the parts."
    return invalid(at, "too_deep", advice)


def too_many_conditions(at: Place) -> InvalidDefinition:
    """Make the error for too many conditions."""
    advice = f"At most {MOST_CONDITIONS:,} conditions: use IN with a list, or INCLUDE other audiences."
    return invalid(at, "too_many_conditions", advice)


def check_tree(root: Node) -> None:
    """Refuse a tree with too many levels, conditions or values. Raises InvalidDefinition."""
    conditions = 0
    ahead = [(root, 1)]
    while ahead:
        node, depth = ahead.pop()
        if depth > MOST_DEPTH:
            raise too_deep(node.at)
        inside = _inside(node)
        ahead += [(item, depth + 1) for item in reversed(inside)]
        conditions += not isinstance(node, And | Or | Not)
        if conditions > MOST_CONDITIONS:
            raise too_many_conditions(node.at)
        _check_values(node)


def _check_values(node: Node) -> None:
    if isinstance(node, In | Intersects) and len(node.values) > MOST_VALUES:
        advice = f"At most {MOST_VALUES:,} values in a list: this one has {len(node.values):,}."
        raise invalid(node.values[MOST_VALUES].at, "too_many_values", advice)


def _inside(node: Node) -> tuple[Node, ...]:
    match node:
        case And(items) | Or(items):
            return items
        case Not(item) | Did(where=item) if item is not None:
            return (item,)
        case _:
            return ()
