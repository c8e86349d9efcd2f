"""From the grammar's rules to nodes, each with its place in the text."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from lark import Token
from lark.visitors import Transformer_NonRecursive

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
from engine.language.words import read_name, read_text

_Children = list[Any]


@dataclass(frozen=True, slots=True)
class Statement:
    """A definition with the words around it: FROM, LIMIT, WITH, ALIAS."""

    root: Node
    table: Literal | None = None
    limit: Literal | None = None
    options: tuple[Name, ...] = ()
    alias: Literal | None = None


@dataclass(frozen=True, slots=True)
class _Around:
    word: str
    value: Any


class Builder(Transformer_NonRecursive[Token, Any]):
    """One method for each rule of the grammar; children are tokens, or what the methods below gave."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self._text = text

    def statement(self, children: _Children) -> Statement:
        """Root and tail."""
        around = {child.word: child.value for child in children if isinstance(child, _Around)}
        root = next(child for child in children if not isinstance(child, _Around | Token))
        return Statement(root, **around)

    def table(self, children: _Children) -> _Around:
        """FROM."""
        return _Around("table", self._word(children[1]))

    def limit(self, children: _Children) -> _Around:
        """LIMIT."""
        return _Around("limit", self._literal(children[1]))

    def options(self, children: _Children) -> _Around:
        """WITH."""
        return _Around("options", tuple(children[1:]))

    def option(self, children: _Children) -> Name:
        """One key of WITH."""
        return self._name(children[0])

    def alias(self, children: _Children) -> _Around:
        """ALIAS."""
        return _Around("alias", self._word(children[1]))

    def either(self, children: _Children) -> Or:
        """Infix OR."""
        return Or(_nodes(children), self._at(children))

    def both(self, children: _Children) -> And:
        """Infix AND."""
        return And(_nodes(children), self._at(children))

    def any(self, children: _Children) -> Or:
        """OR ( )."""
        return Or(_nodes(children), self._at(children))

    def every(self, children: _Children) -> And:
        """AND ( )."""
        return And(_nodes(children), self._at(children))

    def negation(self, children: _Children) -> Not:
        """NOT."""
        return Not(children[1], self._at(children))

    def all(self, children: _Children) -> All:
        """The star."""
        return All(self._at(children))

    def include(self, children: _Children) -> Include:
        """INCLUDE."""
        return Include(str(self._word(children[1]).value), self._at(children))

    def exists(self, children: _Children) -> Exists:
        """EXISTS."""
        return Exists(self._name(children[1]), self._at(children))

    def compare(self, children: _Children) -> Node:
        """A comparison; with null it asks whether there is a value."""
        name, sign, literal = self._name(children[0]), children[1], self._literal(children[2])
        at = self._at(children)
        if literal.value is None and sign.type in ("EQUAL", "UNEQUAL"):
            exists = Exists(name, at)
            return exists if sign.type == "UNEQUAL" else Not(exists, at)
        test = Compare(name, _ORDERS[sign.type], literal, at)
        return Not(test, at) if sign.type == "UNEQUAL" else test

    def isin(self, children: _Children) -> Node:
        """[NOT] IN."""
        return self._perhaps_not(children, In(self._name(children[0]), self._literals(children), self._at(children)))

    def intersects(self, children: _Children) -> Node:
        """[NOT] INTERSECTS."""
        name, at = self._name(children[0]), self._at(children)
        return self._perhaps_not(children, Intersects(name, self._literals(children), at))

    def contains(self, children: _Children) -> Node:
        """[NOT] CONTAINS."""
        (literal,) = self._literals(children)
        return self._perhaps_not(children, Contains(self._name(children[0]), literal, self._at(children)))

    def like(self, children: _Children) -> Node:
        """[NOT] LIKE."""
        (literal,) = self._literals(children)
        return self._perhaps_not(children, Like(self._name(children[0]), literal, self._at(children)))

    def between(self, children: _Children) -> Node:
        """[NOT] BETWEEN."""
        low, high = self._literals(children)
        return self._perhaps_not(children, Between(self._name(children[0]), low, high, self._at(children)))

    def did(self, children: _Children) -> Node:
        """DID [NOT]."""
        at = self._at(children)
        event = next(child for child in children if _is(child, "TEXT"))
        parts: dict[str, Any] = {}
        for child in children:
            match child:
                case _Around():
                    parts |= child.value if child.word == "count" else {child.word: child.value}
                case Last() | Dates():
                    parts["window"] = child
        return self._perhaps_not(children, Did(read_text(event), at=at, **parts))

    def count(self, children: _Children) -> _Around:
        """How many times."""
        words = [child.type for child in children]
        bound = Bound.EXACTLY if "EXACTLY" in words else Bound.AT_MOST if "MOST" in words else Bound.AT_LEAST
        return _Around("count", {"bound": bound, "count": self._literal(children[words.index("NUMBER")])})

    def last(self, children: _Children) -> Last:
        """IN LAST."""
        return Last(self._literal(children[2]), self._at(children))

    def dates(self, children: _Children) -> Dates:
        """BETWEEN, of a DID."""
        start, end = self._literals(children)
        return Dates(start, end, self._at(children))

    def where(self, children: _Children) -> _Around:
        """WHERE."""
        return _Around("where", children[1])

    def timewindow(self, children: _Children) -> Did:
        """So many events in so many days."""
        event, count, days = children[1:4]
        length = Literal(f"{days}d", self._place(days, days))
        window = Last(length, length.at)
        return Did(str(self._word(event).value), Bound.AT_LEAST, self._literal(count), window, at=self._at(children))

    def _perhaps_not(self, children: _Children, test: Test | Did) -> Node:
        return Not(test, test.at) if any(_is(child, "NOT") for child in children) else test

    def _at(self, children: _Children) -> Place:
        return self._place(children[0], children[-1])

    def _place(self, first: Any, last: Any) -> Place:
        return Place(self._text, _start(first), _end(last))

    def _name(self, token: Token) -> Name:
        parts = tuple(read_text(token).split(".")) if token.type == "TEXT" else read_name(token)
        return Name(parts, self._place(token, token))

    def _word(self, token: Token) -> Literal:
        word = read_text(token) if token.type == "TEXT" else ".".join(read_name(token))
        return Literal(word, self._place(token, token))

    def _literal(self, token: Token) -> Literal:
        return Literal(_value(token), self._place(token, token))

    def _literals(self, children: Sequence[Any]) -> tuple[Literal, ...]:
        return tuple(self._literal(child) for child in children if _is(child, *_LITERALS))


_LITERALS = ("TEXT", "NUMBER", "TRUE", "FALSE", "NULL")
_ORDERS = {
    "EQUAL": Order.EQUAL,
    "UNEQUAL": Order.EQUAL,
    "LESS": Order.LESS,
    "AT_MOST": Order.AT_MOST,
    "MORE": Order.MORE,
    "AT_LEAST": Order.AT_LEAST,
}


def _nodes(children: _Children) -> tuple[Node, ...]:
    return tuple(child for child in children if not isinstance(child, Token))


def _is(child: Any, *types: str) -> bool:
    return isinstance(child, Token) and child.type in types


def _start(first: Any) -> int:
    start: int = (first.start_pos or 0) if isinstance(first, Token) else first.at.start
    return start


def _end(last: Any) -> int:
    if isinstance(last, _Around):
        last = last.value
    if isinstance(last, dict):
        last = last["count"]
    end: int = (last.end_pos or 0) if isinstance(last, Token) else last.at.end
    return end


def _value(token: Token) -> str | float | bool | None:
    match token.type:
        case "TEXT":
            return read_text(token)
        case "NUMBER":
            return float(token) + 0.0
        case "NULL":
            return None
        case _:
            return token.type == "TRUE"
