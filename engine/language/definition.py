"""A checked definition: its typed tree, and what must be known about it without walking it again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from engine.errors import Problem
from engine.language.nodes import Did, Node
from engine.values import FieldType


@dataclass(frozen=True, slots=True)
class Definition:
    """What the checker gives; passes compile it."""

    root: Node
    """Names are canonical, fields attached, literals in their field's type."""
    reads: frozenset[str] = frozenset()
    """Canonical names of the fields it asks about; `affinity.cycling` reads `affinity`."""
    includes: frozenset[str] = frozenset()
    """Audiences it includes."""
    types: Mapping[str, FieldType] = field(default_factory=dict)
    """The type of each field it reads, to be kept with it."""
    properties: Mapping[str, FieldType] = field(default_factory=dict)
    """The type of each property of events that WHERE asks about, by `property_key`, to be kept likewise."""
    leaves: tuple[Did, ...] = ()
    """What it asks about events, each once; `leaf` names the events to keep."""
    moves: bool = False
    """Whether time alone can change its verdict, included audiences apart."""
    warnings: tuple[Problem, ...] = ()
