"""The tree as JSON and back: `{"op": …, "args": […]}` with `{"field": …}`, `{"value": …}` and `{"audience": …}`.

The names `ident`, `val` and `seg` are read too. Mistakes are told with a JSON Pointer.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, assert_never

from engine.language.dates import Shift
from engine.language.layout import MOST_DEPTH
from engine.language.limits import check_tree, too_deep
from engine.language.nodes import (
    All,
    And,
    Between,
    Bound,
    Compare,
    Contains,
    Dates,
    Did,
    Exists,
    In,
    Include,
    Intersects,
    Last,
    Like,
    Literal,
    Name,
    Node,
    Not,
    Or,
    Order,
    Place,
    Test,
)
from engine.language.problems import invalid, nearest
from engine.language.words import read_name, write_date, write_duration, write_name, write_shift
from engine.values import Time

Json = Any
_BOUNDS = {"at_least": Bound.AT_LEAST, "at_most": Bound.AT_MOST, "exactly": Bound.EXACTLY}


def to_tree(node: Node) -> dict[str, Json]:
    """Give the tree as JSON objects."""
    match node:
        case All():
            return _op("*")
        case And(items):
            return _op("and", *map(to_tree, items))
        case Or(items):
            return _op("or", *map(to_tree, items))
        case Not(Compare(name, Order.EQUAL, value)):
            return _op("!=", _field(name), _value(value))
        case Not(item):
            return _op("not", to_tree(item))
        case Include(slug):
            return _op("include", {"audience": slug})
        case Did():
            return _op("did", *_did_arguments(node))
        case _:
            return _test(node)


def places(node: Node, pointer: str = "") -> Iterator[tuple[str, Node]]:
    """Give every group and every rule with its JSON Pointer, groups first."""
    yield pointer, node
    match node:
        case And(items) | Or(items):
            for index, item in enumerate(items):
                yield from places(item, f"{pointer}/args/{index}")
        case Not(item) if to_tree(node)["op"] == "not":
            yield from places(item, f"{pointer}/args/0")


def _test(test: Test) -> dict[str, Json]:
    name = _field(test.name)
    match test:
        case Exists():
            return _op("exists", name)
        case Compare():
            return _op(test.order.value, name, _value(test.value))
        case Between():
            return _op("between", name, _value(test.low), _value(test.high))
        case In():
            return _op("in", name, *map(_value, test.values))
        case Intersects():
            return _op("intersects", name, *map(_value, test.values))
        case Contains():
            return _op("contains", name, _value(test.value))
        case Like():
            return _op("like", name, _value(test.pattern))
        case _:
            assert_never(test)


def _did_arguments(test: Did) -> list[dict[str, Json]]:
    bound = next(word for word, bound in _BOUNDS.items() if bound is test.bound)
    arguments: list[dict[str, Json]] = [{"event": test.event}, {bound: _plain(test.count)}]
    match test.window:
        case Last(length):
            span = length.value
            arguments.append({"last": write_duration(span) if isinstance(span, Shift) else span})
        case Dates(start, end):
            arguments.append({"between": [_plain(start), _plain(end)]})
    return [*arguments, {"where": to_tree(test.where)}] if test.where is not None else arguments


def _op(op: str, *args: dict[str, Json]) -> dict[str, Json]:
    return {"op": op, "args": list(args)}


def _field(name: Name) -> dict[str, Json]:
    return {"field": write_name(name.parts)}


def _value(literal: Literal) -> dict[str, Json]:
    return {"value": _plain(literal)}


def _plain(literal: Literal) -> str | float | bool | None:
    match literal.value:
        case Time():
            return write_date(literal.value)
        case Shift():
            return write_shift(literal.value)
        case float() if literal.value.is_integer() and abs(literal.value) < 2**53:
            return int(literal.value)
        case _:
            return literal.value


def from_tree(json: Json) -> Node:
    """Read a tree from JSON objects. Raises InvalidDefinition."""
    root = _node(json, "", 1)
    check_tree(root)
    return root


@dataclass(frozen=True, slots=True)
class _Call:
    """An `op` with its `args`."""

    op: str
    args: Sequence[Json]
    pointer: str
    depth: int

    @property
    def at(self) -> Place:
        return Place(pointer=self.pointer)

    def place(self, index: int) -> str:
        return f"{self.pointer}/args/{index}"

    def node(self, index: int) -> Node:
        return _node(self.args[index], self.place(index), self.depth + 1)

    def name(self) -> Name:
        pointer = self.place(0)
        written = _entry(self.args[0], pointer, "field", "ident")
        parts = read_name(written) if isinstance(written, str) else ()
        if not parts or write_name(parts).replace("`", "") != str(written).replace("`", ""):
            raise invalid(Place(pointer=pointer), "tree_field", 'A field is a name, as in {"field": "email"}.')
        return Name(parts, Place(pointer=pointer))

    def literal(self, index: int) -> Literal:
        pointer = self.place(index)
        return _literal(_entry(self.args[index], pointer, "value", "val"), pointer)


def _node(json: Json, pointer: str, depth: int) -> Node:
    at = Place(pointer=pointer)
    if depth > MOST_DEPTH:
        raise too_deep(at)
    if not isinstance(json, Mapping) or not isinstance(json.get("op"), str):
        raise invalid(at, "tree_node", 'A node is an object such as {"op": "exists", "args": [{"field": "email"}]}.')
    args = json.get("args", [])
    if not isinstance(args, list) or set(json) - {"op", "args"}:
        raise invalid(at, "tree_node", "A node has `op` and a list `args`, and nothing else.")
    return _read(_Call(json["op"].lower(), args, pointer, depth))


_Reader = Callable[[_Call], Node]


def _read(call: _Call) -> Node:
    found = _READERS.get(call.op)
    if found is None:
        close = nearest(call.op, _READERS)
        raise invalid(Place(pointer=f"{call.pointer}/op"), "tree_op", f"There is no op {call.op}.", close)
    read, least, most = found
    if not least <= len(call.args) <= most:
        wanted = str(least) if least == most else f"at least {least}"
        raise invalid(call.at, "tree_args", f"{call.op} takes {wanted} args, not {len(call.args)}.")
    return read(call)


def _nodes(call: _Call) -> tuple[Node, ...]:
    return tuple(call.node(index) for index in range(len(call.args)))


def _literals(call: _Call) -> tuple[Literal, ...]:
    return tuple(call.literal(index) for index in range(1, len(call.args)))


def _compare(call: _Call) -> Node:
    order = {"==": "=", "!=": "=", "<>": "="}.get(call.op, call.op)
    name, literal, denied = call.name(), call.literal(1), call.op in ("!=", "<>")
    if literal.value is None and order == "=":
        exists = Exists(name, call.at)
        return exists if denied else Not(exists, call.at)
    test = Compare(name, Order(order), literal, call.at)
    return Not(test, call.at) if denied else test


def _include(call: _Call) -> Node:
    slug = _entry(call.args[0], call.place(0), "audience", "seg", "ident")
    if not isinstance(slug, str):
        raise invalid(Place(pointer=call.place(0)), "tree_audience", 'An audience is a slug: {"audience": "slug"}.')
    return Include(slug, call.at)


def _did(call: _Call) -> Node:
    given: dict[str, Json] = {}
    places: dict[str, str] = {}
    for index, argument in enumerate(call.args):
        word = _only_key(argument, call.place(index))
        given[word], places[word] = argument[word], f"{call.place(index)}/{word}"
    if not isinstance(given.get("event"), str):
        raise invalid(call.at, "tree_event", 'did takes an event, as in {"event": "checkout"}.')
    bound = next((word for word in _BOUNDS if word in given), None)
    count = Literal(1.0) if bound is None else _literal(given[bound], places[bound])
    where = _node(given["where"], places["where"], call.depth + 1) if "where" in given else None
    return Did(given["event"], _BOUNDS[bound or "at_least"], count, _window(given, places), where, call.at)


def _window(given: Mapping[str, Json], places: Mapping[str, str]) -> Last | Dates | None:
    if "last" in given:
        return Last(_literal(given["last"], places["last"]))
    if "between" not in given:
        return None
    bounds, pointer = given["between"], places["between"]
    if not isinstance(bounds, list) or len(bounds) != 2:
        raise invalid(Place(pointer=pointer), "tree_args", "between takes two dates.")
    return Dates(_literal(bounds[0], f"{pointer}/0"), _literal(bounds[1], f"{pointer}/1"))


def _only_key(argument: Json, pointer: str) -> str:
    known = ("event", *_BOUNDS, "last", "between", "where")
    if not isinstance(argument, Mapping) or len(argument) != 1 or next(iter(argument)) not in known:
        raise invalid(Place(pointer=pointer), "tree_args", f"An argument of did has one of {', '.join(known)}.")
    return str(next(iter(argument)))


def _entry(json: Json, pointer: str, *keys: str) -> Json:
    if not isinstance(json, Mapping) or len(json) != 1 or next(iter(json)) not in keys:
        raise invalid(Place(pointer=pointer), "tree_args", f'Expected an object such as {{"{keys[0]}": …}}.')
    return next(iter(json.values()))


def _literal(value: Json, pointer: str) -> Literal:
    at = Place(pointer=pointer)
    match value:
        case bool() | str() | None:
            return Literal(value, at)
        case int() | float():
            return Literal(_float(value, at) + 0.0, at)
        case _:
            raise invalid(at, "tree_value", "A value is a text, a number, true, false or null.")


def _float(value: float, at: Place) -> float:
    try:
        return float(value)
    except OverflowError:
        raise invalid(at, "invalid_number", "This number is too large.") from None


_ANY = 1_000_000
_READERS: Mapping[str, tuple[_Reader, int, int]] = {
    "*": (lambda call: All(call.at), 0, 0),
    "and": (lambda call: And(_nodes(call), call.at), 1, _ANY),
    "or": (lambda call: Or(_nodes(call), call.at), 1, _ANY),
    "not": (lambda call: Not(call.node(0), call.at), 1, 1),
    "include": (_include, 1, 1),
    "exists": (lambda call: Exists(call.name(), call.at), 1, 1),
    **{sign: (_compare, 2, 2) for sign in ("=", "==", "!=", "<>", "<", "<=", ">", ">=")},
    "between": (lambda call: Between(call.name(), call.literal(1), call.literal(2), call.at), 3, 3),
    "in": (lambda call: In(call.name(), _literals(call), call.at), 2, _ANY),
    "intersects": (lambda call: Intersects(call.name(), _literals(call), call.at), 2, _ANY),
    "contains": (lambda call: Contains(call.name(), call.literal(1), call.at), 2, 2),
    "like": (lambda call: Like(call.name(), call.literal(1), call.at), 2, 2),
    "did": (_did, 1, 5),
}
