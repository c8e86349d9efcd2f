"""Line ends that separate: inside AND ( ) and OR ( ), a line that begins a new item is set off by a comma of its own.

Runs between lexer and parser, and stops nesting that nobody could read, and more conditions than are allowed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from lark import Token

MOST_DEPTH = 64
MOST_CONDITIONS = 1_000
_ENDS = frozenset({"TEXT", "NUMBER", "TRUE", "FALSE", "NULL", "RPAR", "STAR", "MATCH_ALL", "TIME", "TIMES"})
_BEGINS = frozenset({"NAME", "TEXT", "NOT", "EXISTS", "INCLUDE", "DID", "TIMEWINDOW", "LPAR", "STAR", "MATCH_ALL"})
_GROUPS = frozenset({"AND", "OR"})
_CONDITIONS = frozenset(
    [
        *("EQUAL", "UNEQUAL", "LESS", "AT_MOST", "MORE", "AT_LEAST", "INTERSECTS", "CONTAINS", "LIKE"),
        *("EXISTS", "INCLUDE", "DID", "TIMEWINDOW", "STAR", "MATCH_ALL"),
    ]
)
"""Each stands once in a condition; IN and BETWEEN are counted in the tree, since a DID has them too."""


class TooDeep(Exception):
    """More brackets and NOTs inside one another than anyone could read."""

    def __init__(self, token: Token) -> None:
        super().__init__("too deep")
        self.token = token


class TooMany(Exception):
    """More conditions than a definition may have."""

    def __init__(self, token: Token) -> None:
        super().__init__("too many")
        self.token = token


class Layout:
    """The step that lark calls with the lexer's tokens."""

    always_accept = ()

    def process(self, stream: Iterator[Token]) -> Iterator[Token]:
        """Pass the tokens on, with a comma where a line end separates two items."""
        reader = _Reader()
        for token, following in _with_next(stream):
            if reader.separates(token, following):
                yield Token.new_borrow_pos("COMMA", "\n", token)
            reader.read(token)
            yield token


@dataclass(slots=True)
class _Reader:
    """What has been read so far: the last two tokens and the open brackets."""

    last: Token | None = None
    complete: bool = False
    """Whether the tokens so far end an item."""
    opens_group: bool = False
    """Whether the last token is an AND or OR that can only open a group."""
    denials: int = 0
    conditions: int = 0
    brackets: list[tuple[bool, int]] = field(default_factory=lambda: [(False, 0)])
    """For each open bracket: whether it lists items, and how deep its inside is."""

    def separates(self, token: Token, following: Token | None) -> bool:
        if self.last is None or not (self.brackets[-1][0] and self.complete):
            return False
        begins = token.type in _BEGINS or (token.type in _GROUPS and following is not None and following.type == "LPAR")
        return begins and _starts_line(token, self.last)

    def read(self, token: Token) -> None:
        self._nest(token)
        self.conditions += token.type in _CONDITIONS
        if self.conditions > MOST_CONDITIONS:
            raise TooMany(token)
        is_group = token.type in _GROUPS
        listed = self.brackets[-1][0] and _starts_line(token, self.last)
        self.opens_group = is_group and (not self.complete or listed)
        named = self.last is not None and self.last.type in ("EXISTS", "INCLUDE")
        self.complete = token.type in _ENDS or (token.type == "NAME" and named)
        self.last = token

    def _nest(self, token: Token) -> None:
        self.denials = self.denials + 1 if token.type == "NOT" else self.denials
        depth = self.brackets[-1][1] + self.denials
        if depth >= MOST_DEPTH:
            raise TooDeep(token)
        if token.type == "LPAR":
            self.brackets.append((self.opens_group, depth + 1))
        elif token.type == "RPAR" and len(self.brackets) > 1:
            self.brackets.pop()
        if token.type != "NOT":
            self.denials = 0


def _starts_line(token: Token, last: Token | None) -> bool:
    return last is not None and (token.line or 0) > (last.end_line or 0)


def _with_next(tokens: Iterable[Token]) -> Iterator[tuple[Token, Token | None]]:
    last = None
    for token in tokens:
        if last is not None:
            yield last, token
        last = token
    if last is not None:
        yield last, None
