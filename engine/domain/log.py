"""Places in what was written, and what is read from there on: how one follows without a gap and without a double."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from engine.domain.shown import ProfileBy

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Place:
    """After which row one goes on, and whose rows they were: people become part of others, and part again."""

    row: int
    subject: int | None = None


@dataclass(frozen=True, slots=True)
class Whose:
    """Whom one follows: a profile, a device as it sees itself, or with neither everyone."""

    profile: ProfileBy | None = None
    device: str | None = None


@dataclass(frozen=True, slots=True)
class Reading(Generic[T]):
    """Items in the order in which they were written, each with the place after it."""

    items: Sequence[tuple[T, Place]]
    place: Place
    """Where to go on, also past rows that are not told."""
    has_more: bool = False
