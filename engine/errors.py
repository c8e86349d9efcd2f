"""Every failure with a name.

RollcallError
├── InvalidDefinition   the rules do not parse or do not type-check      invalid_definition
├── InvalidValue        a value is not acceptable                        invalid_value
├── NotFound            no such object                                   not_found
├── Taken               already used                                     taken
├── InUse               other audiences use it                           in_use
├── StaleVersion        someone changed it since it was read             stale_version
├── Unauthorized        no key, or one that is not known                 unauthorized
├── Forbidden           a key that may not do this, or not from here     forbidden
├── Overloaded          too much at once: try again later                overloaded
└── StorageUnavailable  the disk refused: nothing was written            storage_unavailable
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar


class RollcallError(Exception):
    """Any expected failure; `code` is stable, the message is for people."""

    code: ClassVar[str] = "error"

    def __init__(self, message: str, path: tuple[str, ...] = ()) -> None:
        super().__init__(message)
        self.message = message
        self.path = path


@dataclass(frozen=True, slots=True)
class Problem:
    """One mistake in a definition: where it is and what to write instead. Lines and columns start at 1."""

    code: str
    message: str
    line: int = 1
    column: int = 1
    excerpt: str = ""
    pointer: str | None = None
    suggestions: tuple[str, ...] = ()


class InvalidDefinition(RollcallError):
    """The rules do not parse or do not type-check."""

    code = "invalid_definition"

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        super().__init__(problems[0].message, ("definition",))
        self.problems = problems


class InvalidValue(RollcallError):
    """A value is not acceptable."""

    code = "invalid_value"


class NotFound(RollcallError):
    """No such object."""

    code = "not_found"


class Taken(RollcallError):
    """Already used."""

    code = "taken"


class InUse(RollcallError):
    """Other audiences use it."""

    code = "in_use"


class StaleVersion(RollcallError):
    """Someone changed it since it was read."""

    code = "stale_version"


class Unauthorized(RollcallError):
    """No key, or one that is not known."""

    code = "unauthorized"


class Forbidden(RollcallError):
    """A key that may not do this, or not from here."""

    code = "forbidden"


class Overloaded(RollcallError):
    """Too much at once; `retry_after` is in seconds."""

    code = "overloaded"

    def __init__(self, message: str, retry_after: int = 1) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class StorageUnavailable(RollcallError):
    """The disk refused; nothing of this request was written."""

    code = "storage_unavailable"
