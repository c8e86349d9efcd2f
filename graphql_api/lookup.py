"""How callers name what they mean: a profile by any of its identities, an audience by id or slug."""

from __future__ import annotations

import strawberry

from engine import ports
from engine.domain.audiences import Audience
from graphql_api import described
from graphql_api.context import Context
from graphql_api.node import GlobalId, read_global_id


@described.input_
class IdentityInput:
    """A namespaced identifier."""

    namespace: str = described.attribute("For example `email`, `anonymous_id`, `user_id`.")
    value: str = described.attribute("The identifier itself.")


@described.one_of
class ProfileByInput:
    """Direct one-of-these lookup: a profile by exactly one of its identities."""

    id: strawberry.ID | None = described.optional("Global (Relay) ID.")
    email: str | None = described.optional("E-mail address; compared after trimming and lower-casing.")
    anonymous_id: str | None = described.optional("The tag's first-party visitor ID.")
    identity: IdentityInput | None = described.optional("Any other identity.")


@described.one_of
class AudienceByInput:
    """Direct one-of-these lookup of an audience."""

    id: strawberry.ID | None = described.optional("Global (Relay) ID.")
    slug: str | None = described.optional("URL-friendly name that never changes, such as `known_users`.")


async def find_profile(context: Context, by: ProfileByInput) -> ports.Profile | None:
    """Find the profile that is meant, if there is one."""
    if by.id:
        return await profile_of(context, read_global_id(by.id))
    return await context.engine.profiles.find(ports.ProfileBy(identity=_identity(by)))


def named(by: ProfileByInput) -> ports.ProfileBy | None:
    """Read whom a write is about; a device's own id means the profile behind it. None for an id of something else."""
    if not by.id:
        return ports.ProfileBy(identity=_identity(by))
    match read_global_id(by.id):
        case GlobalId(kind="Profile", key=key):
            return ports.ProfileBy(id=int(key))
        case GlobalId(kind="Visitor", key=key):
            return ports.ProfileBy(identity=("anonymous_id", key))
        case _:
            return None


def _identity(by: ProfileByInput) -> tuple[str, str]:
    if by.identity:
        return by.identity.namespace, by.identity.value
    return ("email", by.email) if by.email else ("anonymous_id", by.anonymous_id or "")


async def profile_of(context: Context, named: GlobalId | None) -> ports.Profile | None:
    """Find the profile, or the visitor's own view, that a global id names."""
    match named:
        case GlobalId(kind="Profile"):
            return await context.loaders.profiles.load(named.number)
        case GlobalId(kind="Visitor"):
            return await context.loaders.visitors.load(named.key)
        case _:
            return None


def find_audience(known: ports.Audiences, by: AudienceByInput) -> Audience | None:
    """Find the audience that is meant, if there is one."""
    return audience_of(known, read_global_id(by.id)) if by.id else known.by_slug(by.slug or "")


def audience_of(known: ports.Audiences, named: GlobalId | None) -> Audience | None:
    """Find the audience that a global id names."""
    return known.by_id(named.number) if named is not None and named.kind == "Audience" else None
