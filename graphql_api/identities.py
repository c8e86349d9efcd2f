"""Writes to who is who: two profiles joined, an identity taken back, a person erased."""

from __future__ import annotations

from collections.abc import Coroutine, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Final

import strawberry

from engine import ports
from engine.errors import InvalidValue, NotFound
from graphql_api import described
from graphql_api.context import Context, Info
from graphql_api.errors import CODES
from graphql_api.lookup import IdentityInput, ProfileByInput, find_profile, named
from graphql_api.node import global_id
from graphql_api.profile import Profile
from graphql_api.user_error import Failure, UserError

_FIXABLE: Final = (InvalidValue, NotFound)


@described.type_
class MergeProfilesPayload:
    """Result of `mergeProfiles`."""

    client_mutation_id: str | None = described.attribute("Relay's echo field.")
    profile: Profile | None = described.attribute("The joined profile, unless there are errors.")
    user_errors: list[UserError] = described.attribute("Expected failures; empty on success.")


@described.type_
class UnlinkIdentityPayload:
    """Result of `unlinkIdentity`."""

    client_mutation_id: str | None = described.attribute("Relay's echo field.")
    profiles: list[Profile] | None = described.attribute(
        "The two profiles as they now are: the one that kept its id first."
    )
    user_errors: list[UserError] = described.attribute("Expected failures; empty on success.")


@described.type_
class EraseProfilePayload:
    """Result of `eraseProfile`."""

    erased_profile_id: strawberry.ID | None = described.attribute("ID of the erased profile, unless there are errors.")
    events_erased: int | None = described.attribute("Number of events erased with it.")
    user_errors: list[UserError] = described.attribute("Expected failures; empty on success.")


@dataclass(frozen=True, slots=True)
class Settled:
    """What a mutation of identities answers."""

    profiles: Sequence[ports.Profile] | None = None
    erased: ports.Erased | None = None
    user_errors: Sequence[Failure] = ()
    client_mutation_id: str | None = None

    @property
    def profile(self) -> ports.Profile | None:
        """Give the one profile that a merge leads to."""
        return self.profiles[0] if self.profiles else None

    @property
    def erased_profile_id(self) -> strawberry.ID | None:
        """Give the id that leads nowhere any more."""
        return None if self.erased is None else global_id("Profile", self.erased.profile_id)

    @property
    def events_erased(self) -> int | None:
        """Give how many events went with it."""
        return None if self.erased is None else self.erased.events


@described.field_of(MergeProfilesPayload)
async def merge_profiles(
    info: Info,
    into: ProfileByInput,
    source: Annotated[ProfileByInput, strawberry.argument(name="from")],
    client_mutation_id: str | None = None,
) -> Settled:
    """Join two profiles by the server's word."""
    return await _told(_merge(info.context, into, source), "into", client_mutation_id)


@described.field_of(UnlinkIdentityPayload)
async def unlink_identity(info: Info, identity: IdentityInput, client_mutation_id: str | None = None) -> Settled:
    """Take a link back: the identity leaves the profile with what its own events gave."""
    return await _told(_unlink(info.context, identity), "identity", client_mutation_id)


@described.field_of(EraseProfilePayload)
async def erase_profile(info: Info, by: ProfileByInput) -> Settled:
    """Erase a profile, its identities and its events."""
    return await _told(_erase(info.context, by), "by")


async def _told(work: Coroutine[Any, Any, Settled], argument: str, echo: str | None = None) -> Settled:
    try:
        done = await work
    except _FIXABLE as error:
        done = Settled(user_errors=[Failure(CODES[error.code], error.message, error.path or (argument,))])
    return Settled(done.profiles, done.erased, done.user_errors, echo or None)


async def _merge(context: Context, into: ProfileByInput, source: ProfileByInput) -> Settled:
    target, absorbed = await _found(context, into, "into"), await _found(context, source, "from")
    return await _settled(context, [await context.engine.identities.merge(target, absorbed, context.author)])


async def _unlink(context: Context, identity: IdentityInput) -> Settled:
    taken = (identity.namespace, identity.value)
    return await _settled(context, await context.engine.identities.unlink(taken, context.author))


async def _erase(context: Context, by: ProfileByInput) -> Settled:
    erased = await context.engine.privacy.erase(await _found(context, by, "by"))
    context.loaders.forget()
    return Settled(erased=erased)


async def _found(context: Context, by: ProfileByInput, argument: str) -> ports.ProfileBy:
    """Check that there is such a profile now, to tell which argument is wrong; the engine looks again as it writes."""
    asked = named(by)
    if asked is None or await find_profile(context, by) is None:
        raise NotFound("There is no such profile.", (argument,))
    return asked


async def _settled(context: Context, ids: Sequence[int]) -> Settled:
    """Read what a write has left; earlier mutations of the same request may have loaded what is no longer so."""
    context.loaders.forget()
    return Settled([found for found in await context.loaders.profiles.load_many(ids) if found])
