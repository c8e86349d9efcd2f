"""What unsaved rules would give: how many, some of them, or what is wrong with the rules."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

import strawberry
from strawberry import Parent

from engine import ports
from engine.errors import InvalidDefinition, NotFound, Problem
from graphql_api import described
from graphql_api.definition import AudienceDefinition, AudienceDefinitionInput, text_of
from graphql_api.lookup import AudienceByInput, find_audience
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
class PreviewStep:
    """How many match one rule."""

    pointer: str = described.attribute("JSON Pointer into the tree.")
    size: int = described.attribute("How many match it alone.")


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

    @described.field_of(list[PreviewStep] | None)
    @staticmethod
    def steps(previewed: Parent[Previewed]) -> Sequence[ports.Step] | None:
        """How many match each rule alone, by JSON Pointer."""
        return None if previewed.found is None else previewed.found.steps

    @described.field
    @staticmethod
    def entering(previewed: Parent[Previewed]) -> int | None:
        """How many would enter if the audience `insteadOf` had this definition; null where none is named."""
        return None if previewed.found is None else previewed.found.entering

    @described.field
    @staticmethod
    def leaving(previewed: Parent[Previewed]) -> int | None:
        """How many would leave if the audience `insteadOf` had this definition; null where none is named."""
        return None if previewed.found is None else previewed.found.leaving


async def preview(
    engine: ports.Engine, given: AudienceDefinitionInput, sample: int | None, instead_of: AudienceByInput | None
) -> Previewed:
    """Check unsaved rules and count whom they match, with at most `sample` of them. Raises NotFound."""
    wanted = size(10 if sample is None else sample, "sample")
    saved = None if instead_of is None else find_audience(engine.audiences, instead_of)
    if instead_of is not None and saved is None:
        raise NotFound("There is no such audience.", ("insteadOf",))
    try:
        text = text_of(given, engine.catalog)
        found = await engine.audiences.preview(text, wanted, None if saved is None else saved.slug)
    except InvalidDefinition as error:
        return Previewed(error.problems, None, await engine.profiles.count())
    if found.problems:
        return Previewed(found.problems, None, await engine.profiles.count())
    return Previewed((), found, found.total)
