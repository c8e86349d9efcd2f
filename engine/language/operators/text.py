"""`CONTAINS "x"` and `LIKE "a*"`: parts of a text. Case counts; `*` and `%` are any run of characters."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from engine.language.nodes import Contains, Like
from engine.language.operators.kinds import Bind, Holds


def holds(test: Contains | Like) -> Holds:
    """Decide for a value that is there and a text."""
    if isinstance(test, Contains):
        part = str(test.value.value)
        return lambda value, now: part in value
    fits = matcher(str(test.pattern.value))
    return lambda value, now: fits(value)


def python(test: Contains | Like, variable: str, bind: Bind) -> str:
    """Write the same as a Python expression over `variable`."""
    if isinstance(test, Contains):
        return f"{bind(test.value.value)} in {variable}"
    pieces = split_pattern(str(test.pattern.value))
    match pieces:
        case [whole]:
            return f"{variable} == {bind(whole)}"
        case [start, ""]:
            return f"{variable}.startswith({bind(start)})"
        case ["", end]:
            return f"{variable}.endswith({bind(end)})"
        case ["", part, ""]:
            return f"{bind(part)} in {variable}"
        case _:
            return f"{bind(matcher(str(test.pattern.value)))}({variable})"


def split_pattern(pattern: str) -> list[str]:
    r"""Split a pattern at its wildcards; `\` makes the next character itself."""
    pieces, piece = [], ""
    characters = iter(pattern)
    for character in characters:
        if character == "\\":
            piece += next(characters, "\\")
        elif character in "*%":
            pieces.append(piece)
            piece = ""
        else:
            piece += character
    return [*pieces, piece]


def matcher(pattern: str) -> Callable[[str], bool]:
    """Make a function that tells whether a whole text fits, in time linear in it for a given pattern."""
    pieces = split_pattern(pattern)
    if len(pieces) == 1:
        return pieces[0].__eq__
    middle = [piece for piece in pieces[1:-1] if piece]
    return partial(_fits, pieces[0], middle, pieces[-1])


def _fits(start: str, middle: list[str], end: str, text: str) -> bool:
    """Find each piece at its first place after the one before: no other choice can do better."""
    if len(text) < len(start) + len(end) or not (text.startswith(start) and text.endswith(end)):
        return False
    reached, stop = len(start), len(text) - len(end)
    for piece in middle:
        found = text.find(piece, reached, stop)
        if found < 0:
            return False
        reached = found + len(piece)
    return True
