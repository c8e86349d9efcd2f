"""From a suggestion to the text with the mistake mended: each is tried, and only what helps may be clicked."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from engine.errors import InvalidDefinition, Problem
from engine.language.checker import check
from engine.language.parser import parse
from engine.language.types import Vocabulary

MOST_TRIED = 6


@dataclass(frozen=True, slots=True)
class Mending:
    """A suggestion, and the whole text after it; None where it is advice only."""

    suggestion: str
    text: str | None


def mendings(text: str, problem: Problem, vocabulary: Vocabulary) -> list[Mending]:
    """Try each suggestion in the place of the mistake, before it and after it."""
    before = _progress(text, vocabulary)
    return [
        Mending(
            one, next((after for after in _tries(text, problem, one) if _progress(after, vocabulary) > before), None)
        )
        for one in problem.suggestions[:MOST_TRIED]
    ]


def _tries(text: str, problem: Problem, suggestion: str) -> Iterator[str]:
    start, end = _span(text, problem)
    yield text[:start] + suggestion + text[end:]
    yield f"{text[:start]}{suggestion} {text[start:]}"
    yield f"{text[:end]} {suggestion}{text[end:]}"


def _span(text: str, problem: Problem) -> tuple[int, int]:
    """Find the marked stretch: it begins at line and column, and is as long as the carets."""
    lines = text.split("\n")
    start = sum(len(line) + 1 for line in lines[: problem.line - 1]) + problem.column - 1
    return start, min(len(text), start + problem.excerpt.count("^"))


def _progress(text: str, vocabulary: Vocabulary) -> tuple[int, int]:
    """Tell how far the language can follow: up to a mistake, or through with so many fields and values unknown."""
    try:
        node = parse(text)
    except InvalidDefinition as error:
        return 0, _span(text, error.problems[0])[0] - len(text)
    try:
        check(node, vocabulary)
    except InvalidDefinition as error:
        return 1, -len(error.problems)
    return 2, 0
