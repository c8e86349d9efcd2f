"""The schema of the tree accepts every tree that is written and refuses what is none, by the few keywords it uses."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given

from engine.language.checker import check
from engine.language.nodes import Node
from engine.language.tree import to_tree
from engine.language.tree_schema import tree_schema
from tests.language.people import Words
from tests.language.strategies import definitions

SCHEMA = tree_schema()
KINDS: dict[str, tuple[type, ...]] = {
    "object": (dict,),
    "array": (list,),
    "string": (str,),
    "integer": (int,),
    "number": (int, float),
    "boolean": (bool,),
    "null": (type(None),),
}


def fits(value: Any, schema: dict[str, Any]) -> bool:
    if "$ref" in schema:
        return fits(value, SCHEMA["$defs"][schema["$ref"].rpartition("/")[2]])
    if "oneOf" in schema:
        return sum(fits(value, choice) for choice in schema["oneOf"]) == 1
    if "enum" in schema:
        return value in schema["enum"]
    types = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
    if not any(isinstance(value, KINDS[name]) for name in types) or (value is True and "boolean" not in types):
        return False
    return fits_inside(value, schema)


def fits_inside(value: Any, schema: dict[str, Any]) -> bool:
    match value:
        case dict():
            known = schema["properties"]
            return set(schema["required"]) <= set(value) <= set(known) and all(
                fits(inner, known[key]) for key, inner in value.items()
            )
        case list():
            first = schema.get("prefixItems", [])
            inside = zip(value, [*first, *[schema.get("items", {})] * len(value)], strict=False)
            bounded = bool(schema.get("minItems", 0) <= len(value) <= schema.get("maxItems", 10**9))
            return bounded and all(fits(inner, one) for inner, one in inside)
        case str():
            return bool(len(value) >= schema.get("minLength", 0))
        case int() | float():
            return bool(schema.get("minimum", value) <= value <= schema.get("maximum", value))
        case _:
            return True


@given(definitions)
def test_every_tree_that_is_written_fits(node: Node) -> None:
    assert fits(to_tree(check(node, Words()).root), SCHEMA)


@pytest.mark.parametrize(
    "tree",
    [
        {"op": "and", "args": []},
        {"op": "and"},
        {"op": "xor", "args": []},
        {"op": "exists", "args": [{"field": ""}]},
        {"op": "exists", "args": [{"value": "email"}]},
        {"op": "=", "args": [{"field": "email"}]},
        {"op": "=", "args": [{"field": "email"}, {"value": ["x"]}]},
        {"op": "in", "args": [{"field": "email"}]},
        {"op": "not", "args": [{"op": "*", "args": []}, {"op": "*", "args": []}]},
        {"op": "did", "args": [{"event": "page"}, {"often": 1}]},
        {"op": "did", "args": [{"event": "page"}, {"at_least": 0}]},
        {"op": "*", "args": [], "note": "x"},
        "email",
    ],
)
def test_what_is_no_tree_does_not_fit(tree: object) -> None:
    assert not fits(tree, SCHEMA)
