"""Memberships changing: who entered or left which audience, when and why."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Annotated

import strawberry
from strawberry import Parent

from engine import ports
from engine.domain import audiences
from engine.domain.log import Place
from engine.errors import InvalidValue, NotFound
from engine.ports import StoredEvent
from graphql_api import described, veiled
from graphql_api.context import Context, Info
from graphql_api.event import Event, is_open
from graphql_api.node import Node
from graphql_api.paging import Connection, PageInfo, read_cursor, shown, write_cursor
from graphql_api.scalars import DateTime
from graphql_api.veiled import shown_id

if TYPE_CHECKING:
    from graphql_api.audience import Audience
    from graphql_api.profile import Profile


@described.enum
class MembershipTransition(Enum):
    """Direction of a membership change."""

    ENTERED = described.value("The profile became a member.", "ENTERED")
    EXITED = described.value("The profile stopped being a member.", "EXITED")


@described.enum
class MembershipCause(Enum):
    """What made a membership change."""

    DEFINITION = described.value("The audience's rules changed.", "DEFINITION")
    EVENT = described.value("A profile event.", "EVENT")
    MERGE = described.value("Two profiles became one.", "MERGE")
    UNLINK = described.value("A link between a device and a profile was taken back.", "UNLINK")
    TIME = described.value("A time window moved on.", "TIME")


@dataclass(frozen=True, slots=True)
class Change:
    """A change with its audience; `device` is set when a visitor's own view led here."""

    record: audiences.MembershipChange
    audience: audiences.Audience
    device: str | None = None
    after: Place | None = None
    """Where the one who follows goes on."""

    @property
    def place(self) -> Place:
        """From where to follow what came after it."""
        return Place(self.record.cursor, self.record.subject_id) if self.after is None else self.after

    @property
    def cause(self) -> audiences.Cause:
        """What made it change."""
        return self.record.cause

    @property
    def transition(self) -> audiences.Transition:
        """Which way."""
        return self.record.transition

    @property
    def occurred_at(self) -> int:
        """When, in milliseconds."""
        return self.record.occurred_at


@described.record_type(Change)
class MembershipChange(Node):
    """A profile entering or leaving an audience."""

    audience: Annotated[Audience, strawberry.lazy("graphql_api.audience")] = described.attribute("Which audience.")
    cause: MembershipCause = described.attribute("What made it change.")
    occurred_at: DateTime = described.attribute("When.")
    transition: MembershipTransition = described.attribute("Which way.")

    @described.field
    @staticmethod
    def id(change: Parent[Change], info: Info) -> strawberry.ID:
        """Opaque global ID."""
        return shown_id(info.context, "MembershipChange", change.record.cursor)

    @described.field
    @staticmethod
    def cursor(change: Parent[Change], info: Info) -> str:
        """Pass as `after` to resume a subscription."""
        return write_place(info.context, change.place, change.device)

    @described.field_of(Event | None)
    @staticmethod
    async def event(change: Parent[Change], info: Info) -> StoredEvent | None:
        """The event behind it, if one was."""
        event_id = change.record.event_id
        found = None if event_id is None else await info.context.loaders.events.load(event_id)
        return found if found is not None and is_open(found, change.device) else None

    @described.field_of(Annotated["Profile", strawberry.lazy("graphql_api.profile")])
    @staticmethod
    async def profile(change: Parent[Change], info: Info) -> ports.Profile:
        """Who."""
        loaders, subject = info.context.loaders, change.record.subject_id
        found = await (loaders.visitors.load(change.device) if change.device else loaders.profiles.load(subject))
        if found is None:
            raise NotFound("This profile is no longer there.")
        return found


@described.type_
class MembershipChangeEdge:
    """A membership change in a page."""

    cursor: str = described.attribute("Opaque cursor.")
    node: MembershipChange = described.attribute("The change.")


@described.type_
class MembershipChangeConnection:
    """Membership changes, paged."""

    edges: list[MembershipChangeEdge] = described.attribute("Edges.")
    nodes: list[MembershipChange] = described.attribute("The nodes alone.")
    page_info: PageInfo = described.attribute("Page information.")


def changes(
    page: ports.Page[audiences.MembershipChange], known: ports.Audiences, device: str | None = None
) -> Connection[Change]:
    """Join changes with their audiences; a visitor's device is told of personalizable ones only.

    A change names its audience, so changes of one that is no longer there are left out."""

    return shown(page, lambda record: told(record, known, device))


def told(
    record: audiences.MembershipChange, known: ports.Audiences, device: str | None, after: Place | None = None
) -> Change | None:
    """Join one change with its audience, or leave it out."""
    audience = known.by_slug(record.audience_slug)
    if audience is None or (device is not None and not audience.personalizable):
        return None
    return Change(record, audience, device, after)


def write_place(context: Context, place: Place, device: str | None) -> str:
    """Write where to resume; a visitor's is sealed, with whose it is."""
    return veiled.shown(context, f"{write_cursor((place.row, place.subject or 0))} {device or ''}".strip())


def read_place(context: Context, cursor: str, device: str | None) -> Place:
    """Read where to resume; nobody's place is another visitor's. Raises InvalidValue."""
    seen = veiled.seen(context, cursor, "after")
    written, _, whose = seen.partition(" ")
    key = read_cursor(written) or ()
    if len(key) != 2 or whose != (device or "") or not all(0 <= part < 2**62 for part in key):
        raise InvalidValue(f"{cursor[:40]!r} is not a `cursor` of a membership change.", ("after",))
    return Place(key[0], key[1] or None)
