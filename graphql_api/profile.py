"""Profiles as the API tells them. A visitor's own view shows less: what stays with servers is left out here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import Enum
from itertools import islice
from typing import Any

import strawberry
from strawberry import Parent

from engine import ports
from engine.domain import audiences
from engine.errors import NotFound
from graphql_api import described, paging
from graphql_api.audience import ProfileAudienceConnection
from graphql_api.authorization import OPEN_ATTRIBUTES
from graphql_api.context import Info
from graphql_api.event import EventConnection, is_open
from graphql_api.explanation import Explained, MembershipExplanation
from graphql_api.lookup import AudienceByInput, find_audience
from graphql_api.membership import Change, MembershipChangeConnection, changes
from graphql_api.node import Node, global_id
from graphql_api.paging import Connection, PageInfo, memberships, shown, window
from graphql_api.scalars import JSON, DateTime


@described.enum
class ScoreName(Enum):
    """Behavioural scores, each 0 to 100."""

    CONSISTENCY = described.value("Regularity of activity.", "consistency")
    FREQUENCY = described.value("How often.", "frequency")
    INTENSITY = described.value("Depth of a typical visit.", "intensity")
    MATURITY = described.value("How long known.", "maturity")
    MOMENTUM = described.value("Recent rate against the usual.", "momentum")
    PROPENSITY = described.value("Likelihood to return.", "propensity")
    QUANTITY = described.value("Lifetime activity.", "quantity")
    RECENCY = described.value("How recent.", "recency")
    VOLATILITY = described.value("How sporadic.", "volatility")


@described.enum
class Trust(Enum):
    """How far a statement is believed; a lower one never overwrites a higher one."""

    CLAIMED = described.value("Said by a page, with the public write key.", "CLAIMED")
    SERVER = described.value("Said by a server, with a secret key.", "SERVER")
    VERIFIED = described.value("Proven by an identity token.", "VERIFIED")


@described.type_
class Identity:
    """An identifier of a profile."""

    first_seen_at: DateTime = described.attribute("First seen with this profile.")
    last_seen_at: DateTime = described.attribute("Latest seen with this profile.")
    namespace: str = described.attribute("For example `email`, `anonymous_id`.")
    value: str = described.attribute("The identifier itself.")

    @described.field
    @staticmethod
    def trust(identity: Parent[ports.Identity]) -> Trust:
        """How far the link to this profile is believed."""
        return Trust[identity.trust.name]


@described.type_
class Score:
    """A behavioural score."""

    name: ScoreName = described.attribute("Which score.")
    value: int = described.attribute("0 to 100 now; falls while nothing happens.")


@described.type_
class Affinity:
    """Interest in a topic."""

    strength: float = described.attribute("0 to 1.")
    topic: str = described.attribute("The topic.")


@described.record_type(ports.Profile)
class Profile(Node):
    """A visitor or a person: everything known under one or more identities."""

    email: str | None = described.attribute("E-mail address, if known.")
    first_seen_at: DateTime = described.attribute("First event.")
    known: bool = described.attribute("Whether an e-mail address is attached.")
    last_seen_at: DateTime = described.attribute("Latest event.")

    @described.field
    @staticmethod
    def id(profile: Parent[ports.Profile]) -> strawberry.ID:
        """Opaque global ID."""
        return global_id("Profile", profile.id) if profile.device is None else global_id("Visitor", profile.device)

    @described.field
    @staticmethod
    def affinities(profile: Parent[ports.Profile], first: int | None = 20) -> list[Affinity]:
        """Content affinities, strongest first."""
        strongest = islice(profile.affinities.items(), paging.size(first))
        return [Affinity(strength=strength, topic=topic) for topic, strength in strongest]

    @described.field
    @staticmethod
    def attribute(profile: Parent[ports.Profile], key: str) -> JSON | None:
        """One attribute, by key."""
        return _attributes(profile).get(key)

    @described.field
    @staticmethod
    def attributes(profile: Parent[ports.Profile], keys: list[str] | None = None) -> JSON:
        """Attributes by key."""
        held = _attributes(profile)
        return JSON(held if keys is None else {key: held[key] for key in keys if key in held})

    @described.field
    @staticmethod
    def audience_slugs(profile: Parent[ports.Profile]) -> list[str]:
        """Slugs of current audiences: the short form front ends read."""
        return sorted(membership.audience.slug for membership in _memberships(profile))

    @described.field_of(ProfileAudienceConnection)
    @staticmethod
    def audiences(
        profile: Parent[ports.Profile],
        after: str | None = None,
        before: str | None = None,
        first: int | None = None,
        last: int | None = None,
    ) -> Connection[audiences.Audience]:
        """Current memberships."""
        held = sorted(_memberships(profile), key=_entry)
        page = paging.cut(held, _entry, window(first, after, last, before))
        return memberships(page, lambda membership: (membership.audience, membership.since))

    @described.field_of(EventConnection)
    @staticmethod
    async def events(
        profile: Parent[ports.Profile],
        info: Info,
        after: str | None = None,
        before: str | None = None,
        first: int | None = None,
        last: int | None = None,
        types: list[str] | None = None,
    ) -> Connection[ports.StoredEvent]:
        """Recent events, newest first."""
        asked = window(first, after, last, before)
        page = await info.context.engine.profiles.events(profile.id, asked, types)
        return shown(page, lambda event: event if is_open(event, profile.device) else None)

    @described.field_of(list[Identity])
    @staticmethod
    def identities(profile: Parent[ports.Profile]) -> Sequence[ports.Identity]:
        """Everything this profile is known by."""
        return [identity for identity in profile.identities if not _is_another_device(profile, identity)]

    @described.field
    @staticmethod
    def is_in(profile: Parent[ports.Profile], info: Info, audience: str) -> bool:
        """Whether the profile is a member of the audience."""
        if profile.device is None and info.context.engine.audiences.by_slug(audience) is None:
            raise NotFound(f"There is no audience `{audience}`.", ("audience",))
        return any(membership.audience.slug == audience for membership in _memberships(profile))

    @described.field_of(MembershipExplanation | None)
    @staticmethod
    async def membership_explanation(
        profile: Parent[ports.Profile], info: Info, audience: AudienceByInput
    ) -> Explained | None:
        """Why this profile is, or is not, a member."""
        engine = info.context.engine
        asked = find_audience(engine.audiences, audience)
        if asked is None:
            return None
        return Explained(asked, await engine.profiles.explain(profile.id, asked.slug), engine.clock.now())

    @described.field_of(MembershipChangeConnection)
    @staticmethod
    async def membership_history(
        profile: Parent[ports.Profile],
        info: Info,
        after: str | None = None,
        before: str | None = None,
        first: int | None = None,
        last: int | None = None,
    ) -> Connection[Change]:
        """Entries and exits, newest first."""
        engine = info.context.engine
        page = await engine.profiles.history(profile.id, window(first, after, last, before))
        return changes(page, engine.audiences, profile.device)

    @described.field
    @staticmethod
    def merged_from(profile: Parent[ports.Profile]) -> list[strawberry.ID]:
        """Profiles merged into this one."""
        return [global_id("Profile", merged) for merged in profile.merged_from]

    @described.field
    @staticmethod
    def score(profile: Parent[ports.Profile], name: ScoreName) -> int | None:
        """One score; null before there is any behaviour."""
        return profile.scores.get(name.value)

    @described.field
    @staticmethod
    def scores(profile: Parent[ports.Profile]) -> list[Score]:
        """All scores that exist."""
        return [Score(name=ScoreName(name), value=value) for name, value in profile.scores.items()]


@described.type_
class ProfileEdge:
    """A profile in a page."""

    cursor: str = described.attribute("Opaque cursor.")
    node: Profile = described.attribute("The profile.")


@described.type_
class ProfileConnection:
    """Profiles, paged."""

    edges: list[ProfileEdge] = described.attribute("Edges.")
    nodes: list[Profile] = described.attribute("The nodes alone.")
    page_info: PageInfo = described.attribute("Page information.")
    total_count: int = described.attribute("All of them.")


@described.type_
class AudienceMemberEdge:
    """A membership, from the audience's side."""

    cursor: str = described.attribute("Opaque cursor.")
    node: Profile = described.attribute("The profile.")
    since: DateTime = described.attribute("Member since.")


@described.type_
class AudienceMemberConnection:
    """An audience's members, paged."""

    edges: list[AudienceMemberEdge] = described.attribute("Edges.")
    nodes: list[Profile] = described.attribute("The nodes alone.")
    page_info: PageInfo = described.attribute("Page information.")
    total_count: int = described.attribute("All of them.")


def _memberships(profile: ports.Profile) -> Sequence[audiences.Membership]:
    if profile.device is None:
        return profile.audiences
    return [membership for membership in profile.audiences if membership.audience.personalizable]


def _entry(membership: audiences.Membership) -> tuple[int, int]:
    return -membership.since, membership.audience.id


def _attributes(profile: ports.Profile) -> Mapping[str, Any]:
    if profile.device is None:
        return profile.attributes
    return {key: value for key, value in profile.attributes.items() if key in OPEN_ATTRIBUTES}


def _is_another_device(profile: ports.Profile, identity: ports.Identity) -> bool:
    return profile.device is not None and identity.namespace == "anonymous_id" and identity.value != profile.device
