"""Global ids: opaque names of objects that stay true for ever. Knows how they are written, not what they lead to."""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass
from typing import Literal

import strawberry

from graphql_api import described

Kind = Literal["Profile", "Visitor", "Audience", "Event", "MembershipChange"]


@described.interface
class Node:
    """An object with a global ID."""

    @described.field
    @staticmethod
    def id(record: strawberry.Parent[object]) -> strawberry.ID:
        """Opaque global ID."""
        raise NotImplementedError


@dataclass(frozen=True, slots=True)
class GlobalId:
    """What an id says: a visitor goes by its anonymous id, everything else by its number."""

    kind: Kind
    key: str

    @property
    def number(self) -> int:
        """The id of the object within the engine."""
        return int(self.key)


def global_id(kind: Kind, key: int | str) -> strawberry.ID:
    """Write a global id."""
    return strawberry.ID(urlsafe_b64encode(f"{kind}:{key}".encode()).decode().rstrip("="))


def read_global_id(text: str) -> GlobalId | None:
    """Read a global id; None for a text that is none, which therefore names nothing."""
    try:
        kind, _, key = urlsafe_b64decode(text + "=" * (-len(text) % 4)).decode().partition(":")
    except ValueError:
        return None
    match kind:
        case "Visitor" if key:
            return GlobalId(kind, key)
        case "Profile" | "Audience" | "Event" | "MembershipChange" if _is_number(key):
            return GlobalId(kind, key)
        case _:
            return None


def _is_number(key: str) -> bool:
    return key.isascii() and key.isdigit() and len(key) <= 18
