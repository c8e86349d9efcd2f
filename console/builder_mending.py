"""From a suggestion to the text with the mistake mended: each is tried, and only what helps may be clicked."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from console.rules_words import Terse, Words
from engine.errors import InvalidDefinition, Problem
from engine.language.checker import check
from engine.language.parser import parse

MOST_TRIED = 6
_WORD_END = re.compile(r"\S+$")
_WORD_START = re.compile(r"^\S+")


@dataclass(frozen=True, slots=True)
class Mending:
    """A suggestion, and the whole text after it; None where it is advice only."""

    suggestion: str
    text: str | None


def mendings(text: str, problem: Problem, words: Words) -> list[Mending]:
    """Try each suggestion in the place of the mistake, beside it, for its last word, and for all it hangs on."""
    terse = Terse(words)
    before = _progress(text, terse)
    return [_mending(text, problem, one, before, terse) for one in problem.suggestions[:MOST_TRIED]]


def _mending(text: str, problem: Problem, suggestion: str, before: tuple[int, int], words: Words) -> Mending:
    """Take the try after which the language can follow furthest, the first that can be read at all."""
    best, reached = None, before
    for after in _tries(text, problem, suggestion):
        progress = _progress(after, words)
        if progress > reached:
            best, reached = after, progress
        if reached > before and reached[0] > 0:
            break
    return Mending(suggestion, best)


def _tries(text: str, problem: Problem, suggestion: str) -> Iterator[str]:
    start, end = _span(text, problem)
    before, marked, after = text[:start], text[start:end], text[end:]
    yield before + suggestion + after
    yield f"{before}{suggestion} {marked}{after}"
    yield f"{before}{marked} {suggestion}{after}"
    yield f"{before}{marked.rpartition(' ')[0]} {suggestion}{after}"
    yield f"{_WORD_END.sub('', before)}{suggestion}{_WORD_START.sub('', after)}"


def _span(text: str, problem: Problem) -> tuple[int, int]:
    """Find the marked stretch: it begins at line and column, and is as long as the carets."""
    lines = text.split("\n")
    start = sum(len(line) + 1 for line in lines[: problem.line - 1]) + problem.column - 1
    return start, min(len(text), start + problem.excerpt.count("^"))


def _progress(text: str, words: Words) -> tuple[int, int]:
    """Tell how far the language can follow: up to a mistake, or through with so many fields and values unknown."""
    try:
        node = parse(text)
    except InvalidDefinition as error:
        return 0, _span(text, error.problems[0])[0] - len(text)
    try:
        check(node, words, words)
    except InvalidDefinition as error:
        return 1, -len(error.problems)
    return 2, 0
