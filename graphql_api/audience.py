"""Audiences as the API tells them, one by one and in pages."""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum
from typing import TYPE_CHECKING, Annotated

import strawberry
from strawberry import Parent

from engine import ports
from engine.domain import audiences
from graphql_api import described
from graphql_api.context import Info
from graphql_api.definition import AudienceDefinition
from graphql_api.membership import Change, MembershipChangeConnection, changes
from graphql_api.node import Node, global_id
from graphql_api.paging import Connection, PageInfo, memberships, size, window
from graphql_api.scalars import DateTime

if TYPE_CHECKING:
    from graphql_api.profile import AudienceMemberConnection


@described.enum
class AudienceState(Enum):
    """Where an audience stands."""

    ACTIVE = described.value("Kept up to date in real time.", "ACTIVE")
    BUILDING = described.value("A new definition is being applied to existing profiles.", "BUILDING")
    EXPIRED = described.value("Past its expiry.", "EXPIRED")
    FAILED = described.value("The rules could not be applied; the reason is in `stateReason`.", "FAILED")
    PAUSED = described.value("Kept, not evaluated.", "PAUSED")


@described.type_
class AudienceVersion:
    """An audience as one edit left it."""

    author: str | None = described.attribute("Who changed it.")
    created_at: DateTime = described.attribute("When.")
    version: int = described.attribute("Its number.")

    @described.field
    @staticmethod
    def changes(record: Parent[ports.AudienceVersion]) -> list[str]:
        """What the edit changed, a sentence each: every test that was added, removed or changed, and the details."""
        return list(record.changes)

    @described.field_of(AudienceDefinition)
    @staticmethod
    def definition(record: Parent[ports.AudienceVersion]) -> str:
        """The rules then."""
        return record.definition


@described.record_type(audiences.Audience)
class Audience(Node):
    """A named set of profiles defined by rules and kept up to date."""

    created_at: DateTime = described.attribute("Creation.")
    description: str | None = described.attribute("What this audience is for.")
    expires_at: DateTime | None = described.attribute("Deactivated on this date.")
    name: str = described.attribute("Human-readable name.")
    personalizable: bool = described.attribute("Whether front ends may see membership.")
    size: int = described.attribute("Number of members now.")
    slug: str = described.attribute("URL-friendly name that never changes.")
    state: AudienceState = described.attribute("Where it stands.")
    state_reason: str | None = described.attribute("Why it failed, or how far building has come, for people.")
    tags: list[str] = described.attribute("Free labels.")
    updated_at: DateTime = described.attribute("Latest change of rules or details.")
    version: int = described.attribute("Grows with each edit, of the rules or of anything else.")

    @described.field
    @staticmethod
    def id(audience: Parent[audiences.Audience]) -> strawberry.ID:
        """Opaque global ID."""
        return global_id("Audience", audience.id)

    @described.field_of(AudienceDefinition)
    @staticmethod
    def definition(audience: Parent[audiences.Audience]) -> str:
        """The rules."""
        return audience.definition

    @described.field_of(list[AudienceVersion])
    @staticmethod
    async def versions(
        audience: Parent[audiences.Audience], info: Info, first: int | None = 20
    ) -> Sequence[ports.AudienceVersion]:
        """What each edit left, newest first."""
        return await info.context.engine.audiences.versions(audience.id, size(first))

    @described.field_of(list[Annotated["Audience", strawberry.lazy("graphql_api.audience")]])
    @staticmethod
    def used_by(audience: Parent[audiences.Audience], info: Info) -> Sequence[audiences.Audience]:
        """Audiences whose rules refer to this one."""
        return info.context.engine.audiences.used_by(audience.slug)

    @described.field_of(Annotated["AudienceMemberConnection", strawberry.lazy("graphql_api.profile")])
    @staticmethod
    async def members(
        audience: Parent[audiences.Audience],
        info: Info,
        after: str | None = None,
        before: str | None = None,
        first: int | None = None,
        last: int | None = None,
    ) -> Connection[ports.Profile]:
        """Members, most recently entered first."""
        page = await info.context.engine.audiences.members(audience.id, window(first, after, last, before))
        return memberships(page, lambda member: member)

    @described.field_of(MembershipChangeConnection)
    @staticmethod
    async def changes(
        audience: Parent[audiences.Audience],
        info: Info,
        after: str | None = None,
        before: str | None = None,
        first: int | None = None,
        last: int | None = None,
    ) -> Connection[Change]:
        """Entries and exits, newest first."""
        known = info.context.engine.audiences
        return changes(await known.changes(audience.id, window(first, after, last, before)), known)


@described.type_
class AudienceEdge:
    """An audience in a page."""

    cursor: str = described.attribute("Opaque cursor.")
    node: Audience = described.attribute("The audience.")


@described.type_
class AudienceConnection:
    """Audiences, paged."""

    edges: list[AudienceEdge] = described.attribute("Edges.")
    nodes: list[Audience] = described.attribute("The nodes alone.")
    page_info: PageInfo = described.attribute("Page information.")
    total_count: int = described.attribute("All of them.")


@described.type_
class ProfileAudienceEdge:
    """A membership, from the profile's side."""

    cursor: str = described.attribute("Opaque cursor.")
    node: Audience = described.attribute("The audience.")
    since: DateTime = described.attribute("Member since.")


@described.type_
class ProfileAudienceConnection:
    """A profile's audiences, paged."""

    edges: list[ProfileAudienceEdge] = described.attribute("Edges.")
    nodes: list[Audience] = described.attribute("The nodes alone.")
    page_info: PageInfo = described.attribute("Page information.")
    total_count: int = described.attribute("All of them.")
