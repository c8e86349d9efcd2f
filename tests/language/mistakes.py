"""The golden book: what people write by mistake, and what they are told.

`python -m tests.language.mistakes` rewrites the answers.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from engine.errors import InvalidDefinition, Problem
from engine.language.checker import check
from engine.language.parser import parse
from tests.language.people import Words

BOOK = Path(__file__).parent / "mistakes.txt"
_NEXT = "\n\n====\n"
_ANSWER = "\n----\n"


def read() -> list[tuple[str, str]]:
    """Read the book: each definition with its answer."""
    entries = f"{BOOK.read_text().strip()}\n".split(_NEXT)
    return [(entry.partition(_ANSWER)[0], entry.partition(_ANSWER)[2].rstrip("\n")) for entry in entries]


def answer(definition: str) -> str:
    """Tell what is wrong with a definition, as a person would see it."""
    try:
        check(parse(definition), Words())
    except InvalidDefinition as error:
        return "\n".join(shown(error.problems))
    return "nothing is wrong"


def shown(problems: Sequence[Problem]) -> list[str]:
    """Lay problems out."""
    lines: list[str] = []
    for problem in problems:
        lines += [f"{problem.code} at {problem.line}:{problem.column}", problem.message]
        lines += [line.rstrip() for line in problem.excerpt.splitlines()]
        lines += [f"Try: {' | '.join(problem.suggestions)}"] if problem.suggestions else []
    return lines


if __name__ == "__main__":
    BOOK.write_text(_NEXT.join(definition + _ANSWER + answer(definition) for definition, _ in read()) + "\n")
