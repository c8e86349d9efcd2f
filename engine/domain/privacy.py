"""What is told of an erasure, before and after."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Holding:
    """What an erasure would take away. `named_in` are audiences whose words name the person: these are not touched."""

    profile_id: int
    events: int
    identities: Sequence[tuple[str, str]]
    """(namespace, value); devices that others use too are not among them, they stay."""
    named_in: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Erased:
    """What an erasure took away; `profile_id` leads nowhere any more."""

    profile_id: int
    events: int
    changed: int = 0
    """Events of others in which what named the person was replaced."""
    named_in: Sequence[str] = ()
    """Slugs of audiences whose rules, name or description still name the person: only people can mend these."""
