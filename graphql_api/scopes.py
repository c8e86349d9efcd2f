"""What a secret key must be allowed for each field. One that does not stand here is for keys with all scopes only, also
one that is added tomorrow; a test asks for its line."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from engine.domain.keys import Scope

Needs = frozenset[Scope]
"""Any one of these is enough."""

NOBODY: Final[Needs] = frozenset()
ANYBODY: Final[Needs] = frozenset(Scope)
"""Shapes that hold nothing by themselves."""
PROFILES: Final[Needs] = frozenset({Scope.PROFILES_READ})
PROFILE_WRITERS: Final[Needs] = frozenset({Scope.PROFILES_WRITE})
ERASERS: Final[Needs] = frozenset({Scope.PROFILES_ERASE})
AUDIENCES: Final[Needs] = frozenset({Scope.AUDIENCES_READ})
AUDIENCE_WRITERS: Final[Needs] = frozenset({Scope.AUDIENCES_WRITE})
WHAT_IS_WRITTEN: Final[Needs] = AUDIENCES | AUDIENCE_WRITERS
"""An audience itself: who writes one may read what became of it."""
NAMES: Final[Needs] = WHAT_IS_WRITTEN | PROFILES
"""What an audience is called, which who reads a profile's memberships must know."""

_TABLE: Final[Mapping[str, Mapping[Needs, str]]] = {
    "Query": {
        ANYBODY: "me node nodes",  # an ID is looked at in LOOKED_UP, an object in its fields
        PROFILES: "profile profiles",
        AUDIENCES: "audience audiences attributeDefinitions eventDefinitions",
        # Any rules can be previewed, so it can ask about anybody; so can who may save them.
        AUDIENCE_WRITERS: "audiencePreview",
    },
    "Mutation": {
        PROFILE_WRITERS: "mergeProfiles unlinkIdentity",
        ERASERS: "eraseProfile",
        AUDIENCE_WRITERS: "createAudience updateAudience deleteAudience duplicateAudience restoreAudienceVersion",
    },
    "Subscription": {PROFILES: "membershipChanged profileUpdated eventReceived", AUDIENCES: "audienceUpdated"},
    "Profile": {
        PROFILES | PROFILE_WRITERS: "id",
        PROFILES: "known email firstSeenAt lastSeenAt identities mergedFrom attribute attributes events "
        "score scores affinities audienceSlugs audiences isIn membershipExplanation membershipHistory",
    },
    "Identity": {PROFILES: "namespace value trust firstSeenAt lastSeenAt"},
    "Score": {PROFILES: "name value"},
    "Affinity": {PROFILES: "topic strength"},
    "Event": {PROFILES: "id type url properties occurredAt receivedAt"},
    "Audience": {
        NAMES: "id slug name personalizable",
        WHAT_IS_WRITTEN: "description definition size state stateReason tags version versions usedBy changes "
        "createdAt updatedAt expiresAt",
        PROFILES: "members",
    },
    "AudienceDefinition": {WHAT_IS_WRITTEN: "text tree summary dependsOn"},
    "AudienceVersion": {WHAT_IS_WRITTEN: "author createdAt version changes definition"},
    "AudiencePreview": {
        AUDIENCE_WRITERS: "totalProfiles errors estimated size definition steps entering leaving",
        PROFILES: "sample",
    },
    "PreviewStep": {AUDIENCE_WRITERS: "pointer size"},
    "MembershipExplanation": {PROFILES: "audience evaluatedAt matched nextChangeAt", AUDIENCES: "steps summary"},
    "ExplanationStep": {AUDIENCES: "actual depth expected label matched pointer"},
    "MembershipChange": {NAMES: "id audience cause occurredAt transition cursor", PROFILES: "event profile"},
    "AttributeDefinition": {
        AUDIENCES: "aliases count declared description key label operators type typesSeen",
        PROFILES: "topValues",
    },
    "AttributeTypeCount": {AUDIENCES: "type count"},
    "EventDefinition": {AUDIENCES: "type count properties"},
    "ValueCount": {PROFILES: "value count"},
    "AudienceConnection": {AUDIENCES: "edges nodes pageInfo totalCount"},
    "AudienceEdge": {AUDIENCES: "cursor node"},
    "AudienceMemberConnection": {PROFILES: "edges nodes pageInfo totalCount"},
    "AudienceMemberEdge": {PROFILES: "cursor node since"},
    "ProfileAudienceConnection": {PROFILES: "edges nodes pageInfo totalCount"},
    "ProfileAudienceEdge": {PROFILES: "cursor node since"},
    "ProfileConnection": {PROFILES: "edges nodes pageInfo totalCount"},
    "ProfileEdge": {PROFILES: "cursor node"},
    "EventConnection": {PROFILES: "edges nodes pageInfo"},
    "EventEdge": {PROFILES: "cursor node"},
    "MembershipChangeConnection": {NAMES: "edges nodes pageInfo"},
    "MembershipChangeEdge": {NAMES: "cursor node"},
    "PageInfo": {ANYBODY: "startCursor endCursor hasNextPage hasPreviousPage"},
    "CreateAudiencePayload": {AUDIENCE_WRITERS: "audience clientMutationId userErrors"},
    "UpdateAudiencePayload": {AUDIENCE_WRITERS: "audience clientMutationId userErrors"},
    "DeleteAudiencePayload": {AUDIENCE_WRITERS: "deletedAudienceId userErrors"},
    "MergeProfilesPayload": {PROFILE_WRITERS: "profile clientMutationId userErrors"},
    "UnlinkIdentityPayload": {PROFILE_WRITERS: "profiles clientMutationId userErrors"},
    "EraseProfilePayload": {ERASERS: "erasedProfileId eventsErased userErrors"},
    "InputError": {ANYBODY: "code message path"},
    "DefinitionError": {ANYBODY: "code message path column line pointer suggestions"},
}
NEEDS: Final[Mapping[str, Mapping[str, Needs]]] = MappingProxyType(
    {
        type: {field: any_of for any_of, fields in of_type.items() for field in fields.split()}
        for type, of_type in _TABLE.items()
    }
)
"""Type → field → the scopes of which one is enough."""

LOOKED_UP: Final[Mapping[str, Needs]] = MappingProxyType(
    {"Profile": PROFILES, "Visitor": PROFILES, "Event": PROFILES, "Audience": AUDIENCES, "MembershipChange": NAMES}
)
"""Kind of a global ID → the same: whether there is such an object is told only to whom its fields are."""


def needs(type: str, field: str) -> Needs:
    """Give the scopes of which one is enough for a field; none for one that does not stand in the table."""
    return NEEDS.get(type, {}).get(field, NOBODY)
