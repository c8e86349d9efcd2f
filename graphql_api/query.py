"""Reads: the roots from which everything is reached."""

from __future__ import annotations

from asyncio import gather
from collections.abc import Sequence
from dataclasses import replace
from enum import Enum

import strawberry

from engine import ports
from engine.domain import audiences
from engine.seen import AttributeSeen, EventSeen
from graphql_api import described
from graphql_api.attribute import AttributeDefinition
from graphql_api.audience import Audience, AudienceConnection, AudienceState
from graphql_api.authorization import Visitor, check_may_look_up
from graphql_api.context import Context, Info
from graphql_api.definition import AudienceDefinitionInput
from graphql_api.event_definition import EventDefinition
from graphql_api.loaders import own_view
from graphql_api.lookup import AudienceByInput, ProfileByInput, audience_of, find_audience, find_profile, profile_of
from graphql_api.node import Node, read_global_id
from graphql_api.paging import Connection, connection, size, window
from graphql_api.preview import AudiencePreview, Previewed, preview
from graphql_api.profile import Profile, ProfileConnection


@described.enum
class OrderDirection(Enum):
    """Directions."""

    ASC = described.value("Smallest first.", "ASC")
    DESC = described.value("Largest first.", "DESC")


@described.enum
class ProfileOrderField(Enum):
    """Fields to order profiles by."""

    FIRST_SEEN_AT = described.value("First event.", ports.ProfileOrder.FIRST_SEEN_AT)
    LAST_SEEN_AT = described.value("Latest event.", ports.ProfileOrder.LAST_SEEN_AT)


@described.enum
class AudienceOrderField(Enum):
    """Fields to order audiences by."""

    CREATED_AT = described.value("Creation.", ports.AudienceOrder.CREATED_AT)
    NAME = described.value("Name.", ports.AudienceOrder.NAME)
    SIZE = described.value("Number of members.", ports.AudienceOrder.SIZE)
    UPDATED_AT = described.value("Latest change.", ports.AudienceOrder.UPDATED_AT)


@described.input_
class ProfileOrderInput:
    """Ordering of profiles."""

    field: ProfileOrderField = described.attribute("Field to order by.")
    direction: OrderDirection = described.optional("Direction.", OrderDirection.DESC)


@described.input_
class AudienceOrderInput:
    """Ordering of audiences."""

    field: AudienceOrderField = described.attribute("Field to order by.")
    direction: OrderDirection = described.optional("Direction.", OrderDirection.DESC)


@described.input_
class ProfileFilterInput:
    """Filter for `profiles`."""

    known: bool | None = described.optional("Only known (true) or anonymous (false) profiles.")
    query: str | None = described.optional("Free text over identities and names.")


@described.input_
class AudienceFilterInput:
    """Filter for `audiences`."""

    query: str | None = described.optional("Free text over name, slug and description.")
    tags: list[str] | None = described.optional("All of these tags.")
    states: list[AudienceState] | None = described.optional("Only these states.")


@described.type_
class Query:
    """Reads."""

    @described.field_of(Profile | None)
    @staticmethod
    async def me(info: Info) -> ports.Profile | None:
        """The visitor who asks, proven by `Authorization: Visitor <secret>`; null without proof. While only a claim
        joins the device to a profile, what this device alone gives."""
        match info.context.caller:
            case Visitor(str(anonymous_id)):
                return await own_view(info.context.engine.profiles, anonymous_id)
            case _:
                return None

    @described.field_of(Profile | None)
    @staticmethod
    async def profile(info: Info, by: ProfileByInput) -> ports.Profile | None:
        """One profile. Needs an API key."""
        return await find_profile(info.context, by)

    @described.field_of(ProfileConnection)
    @staticmethod
    async def profiles(
        info: Info,
        after: str | None = None,
        before: str | None = None,
        filter: ProfileFilterInput | None = None,
        first: int | None = None,
        last: int | None = None,
        order_by: ProfileOrderInput | None = None,
    ) -> Connection[ports.Profile]:
        """All profiles. Needs an API key."""
        asked = _profile_query(filter or ProfileFilterInput(), order_by)
        return connection(await info.context.engine.profiles.search(asked, window(first, after, last, before)))

    @described.field_of(Audience | None)
    @staticmethod
    def audience(info: Info, by: AudienceByInput) -> audiences.Audience | None:
        """One audience."""
        return find_audience(info.context.engine.audiences, by)

    @described.field_of(AudienceConnection)
    @staticmethod
    def audiences(
        info: Info,
        after: str | None = None,
        before: str | None = None,
        filter: AudienceFilterInput | None = None,
        first: int | None = None,
        last: int | None = None,
        order_by: AudienceOrderInput | None = None,
    ) -> Connection[audiences.Audience]:
        """All audiences."""
        asked = _audience_query(filter or AudienceFilterInput(), order_by)
        return connection(info.context.engine.audiences.search(asked, window(first, after, last, before)))

    @described.field_of(AudiencePreview)
    @staticmethod
    async def audience_preview(
        info: Info,
        definition: AudienceDefinitionInput,
        sample: int | None = 10,
        instead_of: AudienceByInput | None = None,
    ) -> Previewed:
        """What an unsaved definition would give; also validates it."""
        return await preview(info.context.engine, definition, sample, instead_of)

    @described.field_of(list[AttributeDefinition])
    @staticmethod
    def attribute_definitions(info: Info, query: str | None = None) -> Sequence[AttributeSeen]:
        """Attributes seen in the data, for rule builders."""
        return info.context.engine.catalog.search(query or "")

    @described.field_of(list[EventDefinition])
    @staticmethod
    def event_definitions(info: Info, query: str | None = None) -> Sequence[EventSeen]:
        """Event types seen in the data, for rule builders."""
        return info.context.engine.catalog.events(query or "")

    @described.field_of(Node | None)
    @staticmethod
    async def node(info: Info, id: strawberry.ID) -> object:
        """Any object by its global ID."""
        return await find_node(info.context, id)

    @described.field_of(list[Node | None])
    @staticmethod
    async def nodes(info: Info, ids: list[strawberry.ID]) -> Sequence[object]:
        """Any objects by their global IDs."""
        size(max(len(ids), 1), "ids")
        return await gather(*(find_node(info.context, id) for id in ids))


async def find_node(context: Context, id: str) -> object:
    """Find the object that a global id names; None where there is none."""
    named = read_global_id(id)
    if named is not None:
        check_may_look_up(context.caller, named.kind)
    match named and named.kind:
        case "Profile" | "Visitor":
            return await profile_of(context, named)
        case "Audience":
            return audience_of(context.engine.audiences, named)
        case "Event" if named is not None:
            return await context.loaders.events.load(named.number)
        case _:
            return None


def _profile_query(filter: ProfileFilterInput, order: ProfileOrderInput | None) -> ports.ProfileQuery:
    known = None if filter.known is strawberry.UNSET else filter.known
    asked = ports.ProfileQuery(known=known, text=filter.query or None)
    if order is None:
        return asked
    return replace(asked, order=order.field.value, descending=order.direction is OrderDirection.DESC)


def _audience_query(filter: AudienceFilterInput, order: AudienceOrderInput | None) -> ports.AudienceQuery:
    asked = ports.AudienceQuery(
        text=filter.query or None,
        tags=filter.tags or (),
        states=[state.value for state in filter.states or ()],
    )
    if order is None:
        return asked
    return replace(asked, order=order.field.value, descending=order.direction is OrderDirection.DESC)
