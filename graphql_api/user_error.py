"""The failures a mutation tells as data: expected, fixable, each with a stable code and a path into the input."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

from engine.errors import InUse, InvalidDefinition, InvalidValue, NotFound, Problem, RollcallError, StaleVersion, Taken
from graphql_api import described
from graphql_api.errors import CODES

EXPECTED = (InvalidDefinition, InvalidValue, NotFound, Taken, InUse, StaleVersion)
"""What a mutation answers as `userErrors`; anything else fails the field."""


@described.enum
class UserErrorCode(Enum):
    """Stable codes for expected failures."""

    IN_USE = described.value("Other audiences or triggers use it.", "IN_USE")
    INVALID_DEFINITION = described.value("The rules do not parse or do not type-check.", "INVALID_DEFINITION")
    INVALID_VALUE = described.value("A value is not acceptable.", "INVALID_VALUE")
    NOT_FOUND = described.value("No such object.", "NOT_FOUND")
    STALE_VERSION = described.value("Someone changed it since it was read.", "STALE_VERSION")
    TAKEN = described.value("Already used.", "TAKEN")


@described.interface
class UserError:
    """An expected, fixable failure of a mutation."""

    code: UserErrorCode = described.attribute("Stable code to switch on.")
    message: str = described.attribute("A sentence for people.")
    path: list[str] | None = described.attribute('Path into the input, e.g. ["input", "definition"].')


@dataclass(frozen=True, slots=True)
class Failure:
    """An expected failure as it is told."""

    code: str
    message: str
    path: Sequence[str]


@dataclass(frozen=True, slots=True)
class Mistake:
    """A failure located in the rules: at a line and column of their text, or at a pointer into their tree."""

    message: str
    path: Sequence[str] | None
    line: int | None
    column: int | None
    pointer: str | None
    suggestions: Sequence[str]
    code: str = CODES[InvalidDefinition.code]


@described.record_type(Failure)
class InputError(UserError):
    """A failure without more to say than its code."""

    path: list[str] | None = described.attribute("Path into the input.")


@described.record_type(Mistake)
class DefinitionError(UserError):
    """A failure located in the rules."""

    column: int | None = described.attribute("1-based column in the text.")
    line: int | None = described.attribute("1-based line in the text.")
    path: list[str] | None = described.attribute("Path into the input.")
    pointer: str | None = described.attribute("JSON Pointer into the tree.")
    suggestions: list[str] = described.attribute("Nearest names that would work.")


def user_errors(error: RollcallError, prefix: tuple[str, ...]) -> Sequence[Failure | Mistake]:
    """Tell an expected failure as data; `prefix` leads to the argument that holds the values."""
    match error:
        case InvalidDefinition(problems=problems):
            return [mistake(problem, (*prefix, "definition")) for problem in problems]
        case NotFound():
            return [Failure(CODES[error.code], error.message, error.path or ("id",))]
        case _:
            return [Failure(CODES[error.code], error.message, (*prefix, *error.path))]


def mistake(problem: Problem, path: Sequence[str] | None) -> Mistake:
    """Tell where rules go wrong."""
    in_text = problem.pointer is None
    return Mistake(
        message=problem.message,
        path=path,
        line=problem.line if in_text else None,
        column=problem.column if in_text else None,
        pointer=problem.pointer,
        suggestions=problem.suggestions,
    )
