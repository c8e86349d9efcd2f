"""The JSON tree: its shape, Lytics' names for its keys, and mistakes with a JSON Pointer."""

from __future__ import annotations

from typing import Any

import pytest

from engine.errors import InvalidDefinition
from engine.language.checker import check
from engine.language.parser import parse
from engine.language.tree import from_tree, to_tree
from tests.language.people import Words


def op(name: str, *args: object) -> dict[str, object]:
    return {"op": name, "args": list(args)}


EMAIL: dict[str, Any] = {"field": "email"}


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ("*", op("*")),
        ("EXISTS email", op("exists", EMAIL)),
        ('email = "x"', op("=", EMAIL, {"value": "x"})),
        ('email != "x"', op("!=", EMAIL, {"value": "x"})),
        ('email NOT IN ("x", "y")', op("not", op("in", EMAIL, {"value": "x"}, {"value": "y"}))),
        ("NOT INCLUDE vip", op("not", op("include", {"audience": "vip"}))),
        ("affinity.`node.js` > 0.5", op(">", {"field": "affinity.`node.js`"}, {"value": 0.5})),
        (
            "visit_count BETWEEN 1 AND 2 OR EXISTS email",
            op("or", op("between", {"field": "visit_count"}, {"value": 1}, {"value": 2}), op("exists", EMAIL)),
        ),
        (
            'DID "page" EXACTLY 2 TIMES IN LAST "7d" WHERE path LIKE "/a*"',
            op(
                "did",
                {"event": "page"},
                {"exactly": 2},
                {"last": "7d"},
                {"where": op("like", {"field": "path"}, {"value": "/a*"})},
            ),
        ),
        (
            'DID "page" BETWEEN "2026-01-01" AND "2026-02-01"',
            op("did", {"event": "page"}, {"at_least": 1}, {"between": ["2026-01-01", "2026-02-01"]}),
        ),
    ],
)
def test_text_and_tree_say_the_same(text: str, tree: dict[str, object]) -> None:
    assert to_tree(check(parse(text), Words()).root) == tree
    assert from_tree(tree) == parse(text)


def test_lytics_names_are_read_too() -> None:
    tree = op("or", op("and", op("=", {"ident": "email"}, {"val": "x"}), op("include", {"ident": "vip"})))

    assert from_tree(tree) == parse('OR (AND (email = "x", INCLUDE vip))')


def test_null_asks_whether_there_is_a_value() -> None:
    assert from_tree(op("=", EMAIL, {"value": None})) == parse("NOT EXISTS email")
    assert from_tree(op("!=", EMAIL, {"value": None})) == parse("EXISTS email")


def deep(levels: int) -> object:
    tree: object = op("*")
    for _ in range(levels):
        tree = op("not", tree)
    return tree


@pytest.mark.parametrize(
    ("tree", "code", "pointer"),
    [
        ("email", "tree_node", ""),
        ({"op": "and", "args": [], "extra": 1}, "tree_node", ""),
        (op("and"), "tree_args", ""),
        (op("and", op("exists", EMAIL), 5), "tree_node", "/args/1"),
        (op("and", op("exsts", EMAIL)), "tree_op", "/args/0/op"),
        (op("exists", "email"), "tree_args", "/args/0"),
        (op("exists", {"field": ""}), "tree_field", "/args/0"),
        (op("exists", {"field": 5}), "tree_field", "/args/0"),
        (op("=", EMAIL), "tree_args", ""),
        (op("=", EMAIL, {"value": [1]}), "tree_value", "/args/1"),
        (op("=", EMAIL, {"value": 10**400}), "invalid_number", "/args/1"),
        (op("include", {"audience": 5}), "tree_audience", "/args/0"),
        (op("did", {"at_least": 1}), "tree_event", ""),
        (op("did", {"event": "page"}, {"often": 1}), "tree_args", "/args/1"),
        (op("did", {"event": "page"}, {"between": ["2026-01-01"]}), "tree_args", "/args/1/between"),
        (op("in", EMAIL, *({"value": "x"} for _ in range(1001))), "too_many_values", "/args/1001"),
        (deep(64), "too_deep", "/args/0" * 64),
        (deep(5000), "too_deep", "/args/0" * 64),
    ],
)
def test_a_wrong_tree_is_refused_with_a_pointer(tree: object, code: str, pointer: str) -> None:
    with pytest.raises(InvalidDefinition) as caught:
        from_tree(tree)

    assert (caught.value.problems[0].code, caught.value.problems[0].pointer) == (code, pointer)


def test_a_trees_wrong_values_are_pointed_at_too() -> None:
    tree = op("and", op("=", EMAIL, {"value": 5}), op("exists", {"field": "emial"}))

    with pytest.raises(InvalidDefinition) as caught:
        check(from_tree(tree), Words())

    assert [problem.pointer for problem in caught.value.problems] == ["/args/0/args/1", "/args/1/args/0"]
