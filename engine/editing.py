"""What people take and give while they edit audiences: changes, versions and their differences, previews, queries."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from engine.domain.shown import Profile
from engine.errors import Problem
from engine.language.difference import Line


@dataclass(frozen=True, slots=True, kw_only=True)
class AudienceChanges:
    """What to change; a name in `given` says which fields count, so that null can be told from left out."""

    given: frozenset[str]
    name: str = ""
    description: str | None = None
    definition: str = ""
    personalizable: bool = False
    tags: tuple[str, ...] = ()
    expires_at: int | None = None
    expected_version: int | None = None
    author: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AudienceVersion:
    """An audience as one edit left it."""

    version: int
    definition: str
    created_at: int
    author: str | None
    name: str
    restored_from: int | None = None
    tell: Callable[[], Sequence[str]] = field(repr=False, compare=False)

    @property
    def changes(self) -> Sequence[str]:
        """What the edit changed, a sentence each; worked out when asked."""
        return self.tell()


@dataclass(frozen=True, slots=True, kw_only=True)
class AudienceDifference:
    """What became of an audience from one version to another; `before` is None for the first, `details` are all but
    its rules, in sentences."""

    before: AudienceVersion | None
    after: AudienceVersion
    details: Sequence[str]
    lines: Sequence[Line]


@dataclass(frozen=True, slots=True)
class Step:
    """How many match one group or rule alone; `pointer` is a JSON Pointer into the tree, as `to_tree` gives it."""

    pointer: str
    size: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """What an unsaved definition would give: canonical text, one sentence and counts, or only its `problems`.

    Sizes are exact, or all an estimate."""

    problems: Sequence[Problem] = ()
    size: int = 0
    total: int = 0
    estimated: bool = False
    sample: Sequence[Profile] = ()
    text: str = ""
    summary: str = ""
    steps: Sequence[Step] = ()
    """How many match each group and each rule alone, the whole first; at most the first 200."""
    entering: int | None = None
    """How many would enter and leave if an audience had these rules; None where none was named."""
    leaving: int | None = None


class AudienceOrder(StrEnum):
    """What audiences are listed by."""

    CREATED_AT = "created_at"
    NAME = "name"
    SIZE = "size"
    UPDATED_AT = "updated_at"


@dataclass(frozen=True, slots=True)
class AudienceQuery:
    """Which audiences to list: `text` in name, slug or description; all of `tags`; one of `states`."""

    text: str | None = None
    tags: Sequence[str] = ()
    states: Sequence[str] = ()
    order: AudienceOrder = AudienceOrder.NAME
    descending: bool = False
