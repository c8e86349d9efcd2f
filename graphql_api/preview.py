"""What unsaved rules would give: how many, some of them, or what is wrong with the rules."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

import strawberry
from strawberry import Parent

from engine import ports
from engine.errors import InvalidDefinition, Problem
from graphql_api import described
from graphql_api.definition import AudienceDefinition, AudienceDefinitionInput, text_of
from graphql_api.paging import size
from graphql_api.user_error import DefinitionError, Mistake, mistake

if TYPE_CHECKING:
    from graphql_api.profile import Profile


@dataclass(frozen=True, slots=True)
class Previewed:
    """Problems, or a preview without any; and how many profiles there are."""

    problems: Sequence[Problem]
    found: ports.Preview | None
    total_profiles: int


@described.type_
class AudiencePreview:
    """What an unsaved definition would give."""

    total_profiles: int = described.attribute("All profiles there are.")

    @described.field_of(list[DefinitionError])
    @staticmethod
    def errors(previewed: Parent[Previewed]) -> Sequence[Mistake]:
        """Problems; the rest is null when there are any."""
        return [mistake(problem, ("definition",)) for problem in previewed.problems]

    @described.field
    @staticmethod
    def estimated(previewed: Parent[Previewed]) -> bool | None:
        """True when the size is a sample's estimate."""
        return None if previewed.found is None else previewed.found.estimated

    @described.field_of(list[Annotated["Profile", strawberry.lazy("graphql_api.profile")]] | None)
    @staticmethod
    def sample(previewed: Parent[Previewed]) -> Sequence[ports.Profile] | None:
        """Some members."""
        return None if previewed.found is None else previewed.found.sample

    @described.field
    @staticmethod
    def size(previewed: Parent[Previewed]) -> int | None:
        """How many members."""
        return None if previewed.found is None else previewed.found.size

    @described.field_of(AudienceDefinition | None)
    @staticmethod
    def definition(previewed: Parent[Previewed]) -> str | None:
        """The definition, in every form."""
        return None if previewed.found is None else previewed.found.text


async def preview(engine: ports.Engine, given: AudienceDefinitionInput, sample: int | None) -> Previewed:
    """Check unsaved rules and count whom they match, with at most `sample` of them."""
    wanted = size(10 if sample is None else sample, "sample")
    try:
        found = await engine.audiences.preview(text_of(given, engine.catalog), wanted)
    except InvalidDefinition as error:
        return Previewed(error.problems, None, await engine.profiles.count())
    if found.problems:
        return Previewed(found.problems, None, await engine.profiles.count())
    return Previewed((), found, found.total)
