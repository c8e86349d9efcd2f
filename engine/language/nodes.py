"""The tree of a definition. Negation is always a `Not`, so `!=`, `NOT IN` and the like are exact complements.

The checker gives the same nodes back with canonical names, fields attached and literals in their field's type.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from engine.language.dates import Shift
from engine.language.types import Field
from engine.values import Time


@dataclass(frozen=True, slots=True)
class Place:
    """Where something stands: a stretch of a text, or a JSON Pointer into a tree."""

    text: str = ""
    start: int = 0
    end: int = 0
    pointer: str | None = None


NOWHERE = Place()


@dataclass(frozen=True, slots=True)
class Name:
    """A field's name in parts: `affinity.cycling` has two. Once checked it knows its field, and the key in a map."""

    parts: tuple[str, ...]
    at: Place = field(default=NOWHERE, compare=False, repr=False)
    resolved: Field | None = field(default=None, compare=False, repr=False)
    key: str | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Literal:
    """A value as written, or in its field's type once checked. None is `null`, which only the parser sees."""

    value: str | float | bool | Time | Shift | None
    at: Place = field(default=NOWHERE, compare=False, repr=False)


class Order(StrEnum):
    """How two values compare."""

    EQUAL = "="
    LESS = "<"
    AT_MOST = "<="
    MORE = ">"
    AT_LEAST = ">="


@dataclass(frozen=True, slots=True)
class All:
    """Matches everyone: `*`."""

    at: Place = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class And:
    """Every item holds."""

    items: tuple[Node, ...]
    at: Place = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Or:
    """At least one item holds."""

    items: tuple[Node, ...]
    at: Place = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Not:
    """The item does not hold."""

    item: Node
    at: Place = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Include:
    """Is a member of another audience."""

    slug: str
    at: Place = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Exists:
    """The field has a value."""

    name: Name
    at: Place = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Compare:
    """The field's value stands in this order to a literal."""

    name: Name
    order: Order
    value: Literal
    at: Place = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Between:
    """The value lies between two literals, both included."""

    name: Name
    low: Literal
    high: Literal
    at: Place = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class In:
    """The value, or one of a set's values or a map's keys, is in the list."""

    name: Name
    values: tuple[Literal, ...]
    at: Place = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Intersects:
    """One of a set's values or a map's keys is in the list."""

    name: Name
    values: tuple[Literal, ...]
    at: Place = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Contains:
    """The text has this part."""

    name: Name
    value: Literal
    at: Place = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Like:
    """The whole text fits a pattern in which `*` and `%` stand for any run of characters."""

    name: Name
    pattern: Literal
    at: Place = field(default=NOWHERE, compare=False, repr=False)


class Bound(StrEnum):
    """How a count is compared."""

    AT_LEAST = "AT LEAST"
    AT_MOST = "AT MOST"
    EXACTLY = "EXACTLY"


@dataclass(frozen=True, slots=True)
class Last:
    """A window that ends now: `IN LAST "30d"`."""

    length: Literal
    at: Place = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Dates:
    """A window between two fixed instants, both included."""

    start: Literal
    end: Literal
    at: Place = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Did:
    """Did something so many times within a window. `leaf`, set once checked, names the events it counts."""

    event: str
    bound: Bound = Bound.AT_LEAST
    count: Literal = Literal(1.0)
    window: Last | Dates | None = None
    where: Node | None = None
    at: Place = field(default=NOWHERE, compare=False, repr=False)
    leaf: str = field(default="", compare=False, repr=False)


Test = Exists | Compare | Between | In | Intersects | Contains | Like
Leaf = Include | Test | Did
Node = All | And | Or | Not | Leaf
