"""Rows of rules, as people fill them in: every part may still be missing. What no row can show is a written rule."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from console.rules_operators import Control
from engine.language.nodes import Bound

MOST_ROWS = 200
MOST_VALUES = 100
MOST_NESTED = 2
"""How many levels of groups stand inside the outermost one as rows."""


@dataclass(frozen=True, slots=True)
class Rule:
    """A test of a field, or of a property of an event, by its canonical name."""

    field: str = ""
    operator: str = ""
    key: str = ""
    values: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class InAudience:
    """Is, or is not, in another audience."""

    slug: str = ""
    denied: bool = False


@dataclass(frozen=True, slots=True)
class Everyone:
    """Matches everyone."""


@dataclass(frozen=True, slots=True)
class Written:
    """A rule in the segment language, kept as it is."""

    text: str = ""


class How(StrEnum):
    """How a group joins its items."""

    ALL = "all"
    ANY = "any"
    NONE = "none"
    NOT_ALL = "not_all"


@dataclass(frozen=True, slots=True)
class Group:
    """Several items, joined."""

    how: How = How.ALL
    items: tuple[Item, ...] = ()


class When(StrEnum):
    """When something was done: at any time, within a length of time until now, or between two dates."""

    EVER = "ever"
    LAST = "last"
    DATES = "dates"

    @property
    def control(self) -> Control:
        """What a row shows for it."""
        return {When.LAST: Control.AGE, When.DATES: Control.DATES}.get(self, Control.NONE)


@dataclass(frozen=True, slots=True)
class EventRule:
    """Did, or did not, do something so many times. Conditions on the event's properties are joined by ALL or ANY."""

    event: str = ""
    denied: bool = False
    bound: Bound = Bound.AT_LEAST
    times: str = "1"
    when: When = When.EVER
    values: tuple[str, ...] = ()
    how: How = How.ALL
    conditions: tuple[Rule, ...] = ()


Item = Rule | EventRule | InAudience | Everyone | Written | Group
