"""Mistakes in a definition, told so that people can mend them: where it is, what is wrong, what to write instead."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from difflib import SequenceMatcher

from engine.errors import InvalidDefinition, Problem
from engine.language.nodes import Place

_WIDTH = 100
_CANDIDATES = 200


def problem(at: Place, code: str, message: str, suggestions: Sequence[str] = ()) -> Problem:
    """Describe a mistake at a place."""
    line = at.text.count("\n", 0, at.start) + 1
    column = at.start - at.text.rfind("\n", 0, at.start)
    return Problem(code, message, line, column, _excerpt(at), at.pointer, tuple(suggestions))


def invalid(at: Place, code: str, message: str, suggestions: Sequence[str] = ()) -> InvalidDefinition:
    """Make the error for a single mistake."""
    return InvalidDefinition((problem(at, code, message, suggestions),))


def _excerpt(at: Place) -> str:
    """Show the line with carets under the place; a long line is cut around it."""
    if not at.text:
        return ""
    begin = at.text.rfind("\n", 0, at.start) + 1
    line = at.text[begin:].split("\n", 1)[0].rstrip("\r")
    column = min(at.start - begin, len(line))
    cut = max(0, column - _WIDTH // 2)
    shown = line[cut : cut + _WIDTH].replace("\t", " ")
    carets = max(1, min(at.end - at.start, len(shown) - (column - cut)))
    return f"{shown}\n{' ' * (column - cut)}{'^' * carets}"


def nearest(word: str, known: Iterable[str], most: int = 3) -> tuple[str, ...]:
    """Find the known words that look most like this one, best first."""
    letters = set(word.casefold())
    close = [other for other in known if _resembles(word.casefold(), letters, other.casefold())]
    scored = sorted((-_likeness(word, other), other) for other in close[:_CANDIDATES])
    return tuple(other for score, other in scored if score < -0.6)[:most]


def _resembles(word: str, letters: set[str], other: str) -> bool:
    if len(word) > 2 and word in other:
        return True
    return abs(len(word) - len(other)) <= 3 and 2 * len(letters & set(other)) > len(letters)


def _likeness(word: str, other: str) -> float:
    word, other = word.casefold(), other.casefold()
    if len(word) > 2 and word in other:
        return 0.8 + 0.2 * len(word) / len(other)
    return SequenceMatcher(None, word, other).ratio()


def either(words: Sequence[str]) -> str:
    """Join words as in `a, b or c`."""
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} or {words[-1]}"
