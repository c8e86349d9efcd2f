"""Where the grammar stopped: the words before, the one refused, and what a rule may advise."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property

from lark import Token

VALUES = frozenset({"TEXT", "NUMBER", "TRUE", "FALSE", "NULL"})
SIGNS = {"EQUAL": "=", "UNEQUAL": "!=", "LESS": "<", "AT_MOST": "<=", "MORE": ">", "AT_LEAST": ">="}
WANT_VALUE = frozenset({*SIGNS, "CONTAINS", "LIKE", "BETWEEN"})
JOINS = frozenset({"AND", "OR"})
WANT_ITEM = frozenset({"AND", "OR", "NOT", "WHERE", "FILTER"})
LISTS = frozenset({"IN", "INTERSECTS"})
NAMED = frozenset({"INCLUDE", "EXISTS", "FROM", "ALIAS"})
BEGINS = frozenset({"NAME", "NOT", "EXISTS", "INCLUDE", "DID", "TIMEWINDOW", "LPAR", "STAR", "MATCH_ALL", *JOINS})


@dataclass(frozen=True)
class Situation:
    """The words before and the one that was refused."""

    text: str
    before: tuple[Token, ...]
    token: Token

    def type(self, back: int) -> str:
        """Give the kind of the word so many places before the refused one; "" where there is none."""
        return self.before[-back].type if len(self.before) >= back else ""

    @property
    def is_end(self) -> bool:
        """Whether the text simply ends."""
        return self.token.type == "$END"

    @property
    def shown(self) -> str:
        """The refused word, fit for a message."""
        text = str(self.token)
        return text if len(text) <= 40 else f"{text[:40]}…"

    @property
    def rest(self) -> str:
        """The text from the refused word on."""
        return self.text[self.start :]

    @property
    def start(self) -> int:
        """Where the refused word begins."""
        return len(self.text) if self.is_end else (self.token.start_pos or 0)

    @property
    def end(self) -> int:
        """Where the refused word ends."""
        return len(self.text) if self.is_end else (self.token.end_pos or 0)

    @cached_property
    def open_brackets(self) -> tuple[tuple[Token, str], ...]:
        """Brackets that are still open, each with the kind of the word before it."""
        stack: list[tuple[Token, str]] = []
        for place, token in enumerate(self.before):
            if token.type == "LPAR":
                stack.append((token, self.before[place - 1].type if place else ""))
            elif token.type == "RPAR" and stack:
                stack.pop()
        return tuple(stack)

    @property
    def opener(self) -> str:
        """The kind of the word before the innermost open bracket."""
        return self.open_brackets[-1][1] if self.open_brackets else ""

    @property
    def after_field(self) -> bool:
        """Whether the word before is a field that a test begins with."""
        return self.type(1) == "NAME" and self.type(2) not in NAMED

    @property
    def after_item(self) -> bool:
        """Whether the words before end a condition."""
        named = self.type(1) in ("NAME", "TEXT") and self.type(2) in NAMED
        return named or self.type(1) in VALUES | {"RPAR", "STAR", "MATCH_ALL", "TIME", "TIMES"}


@dataclass(frozen=True, slots=True)
class Advice:
    """What is wrong and what to write instead of the marked stretch: the refused word, unless `at` is another."""

    code: str
    message: str
    suggestions: tuple[str, ...] = ()
    at: Token | None = None
    end: int | None = None
    """Where the marked stretch ends, when that is not the end of the word; suggestions stand in its place."""


_OPERATOR_FOLLOWS = re.compile(r"\s*([=<>.]|!=)")


def is_field(here: Situation) -> bool:
    """Whether the refused word is followed by an operator, as a field would be."""
    return _OPERATOR_FOLLOWS.match(here.text, here.end) is not None
