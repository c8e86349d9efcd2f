"""The same definition as different people would write it: prefix or infix, commas or lines, either quote, any case."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import TypeVar

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
    Test,
)
from engine.language.printer import literal
from engine.language.words import KEYWORDS, write_name, write_text

_T = TypeVar("_T")


class Speller:
    """Writes trees; `chance` decides each choice."""

    def __init__(self, chance: random.Random) -> None:
        self._chance = chance

    def statement(self, node: Node) -> str:
        """Write a definition, with or without the words of FilterQL around it."""
        before, after = self._one_of(
            ("", ""), ("FILTER ", ""), ("FILTER ", " FROM user"), ("filter ", "\nALIAS some_name")
        )
        return f"{before}{self.spell(node)}{after}"

    def spell(self, node: Node, nested: bool = False) -> str:
        """Write one node; what is nested cannot take in what follows it."""
        match node:
            case All():
                return self._one_of("*", "match_all", "MATCH_ALL")
            case And(items):
                return self._group("AND", items, nested)
            case Or(items):
                return self._group("OR", items, nested)
            case Not(item):
                return self._denied(item)
            case Include(slug):
                return self._words("INCLUDE", self._one_of(write_name((slug,)), self._text(slug)))
            case Did():
                return self._did(node, "")
            case _:
                return self._test(node, "")

    def _group(self, word: str, items: Sequence[Node], nested: bool) -> str:
        if len(items) > 1 and self._chance.random() < 0.5:
            infix = f" {self._cased(word)} ".join(map(self._closed, items))
            return f"({infix})" if nested else infix
        between = self._one_of(", ", ",", ",\n", "\n", " -- so\n")
        last = self._one_of("", "", ",", "\n")
        return f"{self._cased(word)} ({between.join(map(self._closed, items))}{last})"

    def _closed(self, node: Node) -> str:
        written = self.spell(node, nested=True)
        return f"({written})" if self._chance.random() < 0.1 else written

    def _denied(self, item: Node) -> str:
        if self._chance.random() < 0.5:
            match item:
                case Compare(name, Order.EQUAL, value):
                    return f"{write_name(name.parts)} {self._one_of('!=', '<>')} {self._value(value)}"
                case In() | Intersects() | Contains() | Like() | Between():
                    return self._test(item, "NOT")
                case Did():
                    return self._did(item, "NOT")
                case Exists(name):
                    return f"{write_name(name.parts)} {self._one_of('=', '==')} {self._cased('null')}"
        return self._words("NOT", self._closed(item))

    def _test(self, test: Test, denial: str) -> str:
        name = write_name(test.name.parts)
        match test:
            case Exists():
                return self._exists(test.name)
            case Compare(_, order, value):
                sign = self._one_of("=", "==") if order is Order.EQUAL else order.value
                return f"{name}{self._blank()}{sign}{self._blank()}{self._value(value)}"
            case Between(_, low, high):
                return self._words(name, denial, "BETWEEN", self._value(low), "AND", self._value(high))
            case In(_, values):
                return self._words(name, denial, "IN", self._list(values))
            case Intersects(_, values):
                return self._words(name, denial, "INTERSECTS", self._list(values))
            case Contains(_, value):
                return self._words(name, denial, "CONTAINS", self._value(value))
            case Like(_, value):
                return self._words(name, denial, "LIKE", self._value(value))

    def _exists(self, name: Name) -> str:
        written = write_name(name.parts)
        quoted = "" if any("." in part for part in name.parts) else self._text(".".join(name.parts))
        return self._one_of(
            self._words("EXISTS", written),
            self._words("EXISTS", quoted or written),
            f"{written} {self._one_of('!=', '<>')} {self._cased('null')}",
        )

    def _did(self, test: Did, denial: str) -> str:
        often = [] if _is_once(test) and self._chance.random() < 0.5 else self._often(test)
        window: list[str] = []
        match test.window:
            case Last(length):
                window = ["IN", "LAST", self._value(length)]
            case Dates(start, end):
                window = ["BETWEEN", self._value(start), "AND", self._value(end)]
        where = [] if test.where is None else ["WHERE", self._closed(test.where)]
        return self._words("DID", denial, self._text(test.event), *often, *window, *where)

    def _often(self, test: Did) -> list[str]:
        words = {Bound.AT_LEAST: ["AT", "LEAST"], Bound.AT_MOST: ["AT", "MOST"], Bound.EXACTLY: ["EXACTLY"]}
        return [*words[test.bound], literal(test.count), self._one_of("TIME", "TIMES", "")]

    def _list(self, values: Sequence[Literal]) -> str:
        between = self._one_of(", ", ",", " ,\n")
        return f"({between.join(map(self._value, values))}{self._one_of('', '', ',')})"

    def _value(self, value: Literal) -> str:
        return self._text(value.value) if isinstance(value.value, str) else self._cased(literal(value))

    def _text(self, text: str) -> str:
        doubled = text.replace("\\", "\\\\")
        return self._one_of(
            write_text(text), "'" + doubled.replace("'", "''") + "'", '"' + doubled.replace('"', '""') + '"'
        )

    def _words(self, *words: str) -> str:
        """Put words side by side; those of the language in any case."""
        return self._blank().join(self._cased(word) if word in KEYWORDS else word for word in words if word)

    def _cased(self, word: str) -> str:
        return self._one_of(word, word.lower(), word.title()) if word.isalpha() else word

    def _blank(self) -> str:
        return self._one_of(" ", " ", "  ", "\t", " /* so */ ")

    def _one_of(self, *choices: _T) -> _T:
        return self._chance.choice(choices)


def _is_once(test: Did) -> bool:
    return test.bound is Bound.AT_LEAST and test.count.value == 1.0
