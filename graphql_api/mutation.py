"""Writes. Expected failures come back as `userErrors`; only the unexpected fails a field."""

from __future__ import annotations

from collections.abc import Collection, Coroutine, Iterator, Sequence
from dataclasses import dataclass
from itertools import count
from typing import Final

import strawberry

from engine.domain.audiences import Audience as Record
from engine.domain.audiences import AudienceDraft
from engine.errors import InvalidValue, NotFound
from engine.ports import AudienceChanges
from graphql_api import described, identities
from graphql_api.audience import Audience
from graphql_api.context import Context, Info
from graphql_api.definition import AudienceDefinitionInput, text_of
from graphql_api.lookup import audience_of
from graphql_api.node import global_id, read_global_id
from graphql_api.scalars import DateTime
from graphql_api.user_error import EXPECTED, Failure, Mistake, UserError, user_errors

Path = tuple[str, ...]

_NEVER_NULL: Final = ("name", "definition", "personalizable", "tags")
_NULLABLE: Final = ("description", "expires_at")


@described.input_
class CreateAudienceInput:
    """Input for `createAudience`."""

    name: str = described.attribute("Human-readable name.")
    slug: str | None = described.optional("Generated from the name when left out.")
    description: str | None = described.optional("What this audience is for.")
    definition: AudienceDefinitionInput = described.attribute("The rules.")
    personalizable: bool | None = described.optional("Whether front ends may see membership of this audience.", False)
    tags: list[str] | None = described.optional("Free labels for the list page.", ())
    expires_at: DateTime | None = described.optional("Deactivated on this date.")
    client_mutation_id: str | None = described.optional("Relay's echo field.")


@described.input_
class UpdateAudienceInput:
    """Input for `updateAudience`. A field left out stays as it is."""

    name: str | None = described.optional("Human-readable name.")
    description: str | None = described.optional("What this audience is for.")
    definition: AudienceDefinitionInput | None = described.optional(
        "The rules; a change starts a new version and a re-evaluation."
    )
    personalizable: bool | None = described.optional("Whether front ends may see membership of this audience.")
    tags: list[str] | None = described.optional("Free labels for the list page.")
    expires_at: DateTime | None = described.optional("Deactivated on this date.")
    expected_version: int | None = described.optional("Fails with `STALE_VERSION` when the stored version differs.")
    client_mutation_id: str | None = described.optional("Relay's echo field.")


@described.type_
class CreateAudiencePayload:
    """Result of `createAudience`."""

    audience: Audience | None = described.attribute("The new audience, unless there are errors.")
    client_mutation_id: str | None = described.attribute("Relay's echo field.")
    user_errors: list[UserError] = described.attribute("Expected failures; empty on success.")


@described.type_
class UpdateAudiencePayload:
    """Result of `updateAudience`."""

    audience: Audience | None = described.attribute("The changed audience, unless there are errors.")
    client_mutation_id: str | None = described.attribute("Relay's echo field.")
    user_errors: list[UserError] = described.attribute("Expected failures; empty on success.")


@described.type_
class DeleteAudiencePayload:
    """Result of `deleteAudience`."""

    deleted_audience_id: strawberry.ID | None = described.attribute(
        "ID of the deleted audience, unless there are errors."
    )
    user_errors: list[UserError] = described.attribute("Expected failures; empty on success.")


@dataclass(frozen=True, slots=True)
class Written:
    """What a mutation answers."""

    audience: Record | None = None
    user_errors: Sequence[Failure | Mistake] = ()
    client_mutation_id: str | None = None

    @property
    def deleted_audience_id(self) -> strawberry.ID | None:
        """Give the id of what a delete has removed."""
        return None if self.audience is None else global_id("Audience", self.audience.id)


@described.type_
class Mutation:
    """Writes. All need an API key."""

    erase_profile = identities.erase_profile
    merge_profiles = identities.merge_profiles
    unlink_identity = identities.unlink_identity

    @described.field_of(CreateAudiencePayload)
    @staticmethod
    async def create_audience(info: Info, input: CreateAudienceInput) -> Written:
        """Make an audience."""
        return await _told(_create(info.context, input), ("input",), input.client_mutation_id)

    @described.field_of(UpdateAudiencePayload)
    @staticmethod
    async def update_audience(info: Info, id: strawberry.ID, input: UpdateAudienceInput) -> Written:
        """Change an audience."""
        return await _told(_update(info.context, id, input), ("input",), input.client_mutation_id)

    @described.field_of(DeleteAudiencePayload)
    @staticmethod
    async def delete_audience(info: Info, id: strawberry.ID) -> Written:
        """Remove an audience nothing else uses."""
        return await _told(_delete(info.context, id))

    @described.field_of(CreateAudiencePayload)
    @staticmethod
    async def duplicate_audience(info: Info, id: strawberry.ID, name: str | None = None) -> Written:
        """Copy an audience under a new name."""
        return await _told(_duplicate(info.context, id, name))

    @described.field_of(UpdateAudiencePayload)
    @staticmethod
    async def restore_audience_version(info: Info, id: strawberry.ID, version: int) -> Written:
        """Go back to an earlier version of the rules."""
        return await _told(_restore(info.context, id, version))


async def _told(work: Coroutine[None, None, Record], prefix: Path = (), echo: str | None = None) -> Written:
    echo = echo or None
    try:
        return Written(await work, client_mutation_id=echo)
    except EXPECTED as error:
        return Written(user_errors=user_errors(error, prefix), client_mutation_id=echo)


async def _create(context: Context, given: CreateAudienceInput) -> Record:
    draft = AudienceDraft(
        name=given.name,
        definition=text_of(given.definition, context.engine.catalog),
        slug=given.slug or None,
        description=given.description or None,
        personalizable=bool(given.personalizable),
        tags=tuple(given.tags or ()),
        expires_at=given.expires_at or None,
    )
    return await context.engine.audiences.create(draft, context.author)


async def _update(context: Context, id: str, given: UpdateAudienceInput) -> Record:
    current = _found(context, id)
    changes = AudienceChanges(
        given=frozenset(_given(given)),
        name=given.name or "",
        description=given.description or None,
        definition=text_of(given.definition, context.engine.catalog) if given.definition else "",
        personalizable=bool(given.personalizable),
        tags=tuple(given.tags or ()),
        expires_at=given.expires_at or None,
        expected_version=given.expected_version or None,
        author=context.author,
    )
    return await context.engine.audiences.update(current.id, changes)


async def _delete(context: Context, id: str) -> Record:
    doomed = _found(context, id)
    await context.engine.audiences.delete(doomed.id)
    return doomed


async def _duplicate(context: Context, id: str, name: str | None) -> Record:
    original = _found(context, id)
    draft = AudienceDraft(
        name=name or _free_name(original.name, {other.name for other in context.engine.audiences.all()}),
        definition=original.definition,
        description=original.description,
        personalizable=original.personalizable,
        tags=original.tags,
        expires_at=original.expires_at,
    )
    return await context.engine.audiences.create(draft, context.author)


async def _restore(context: Context, id: str, version: int) -> Record:
    current = _found(context, id)
    return await context.engine.audiences.restore(current.id, version, context.author)


def _found(context: Context, id: str) -> Record:
    found = audience_of(context.engine.audiences, read_global_id(id))
    if found is None:
        raise NotFound("There is no audience with this id.", ("id",))
    return found


def _given(changes: UpdateAudienceInput) -> Iterator[str]:
    for name in (*_NEVER_NULL, *_NULLABLE):
        value = getattr(changes, name)
        if value is None and name in _NEVER_NULL:
            raise InvalidValue(f"`{name}` cannot be null: leave it out to keep it as it is.", (name,))
        if value is not strawberry.UNSET:
            yield name


def _free_name(name: str, taken: Collection[str]) -> str:
    candidates = (f"{name} (copy{f' {number}' if number > 1 else ''})" for number in count(1))
    return next(candidate for candidate in candidates if candidate not in taken)
