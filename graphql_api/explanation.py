"""Why a profile is, or is not, a member: the engine's explanation as the API tells it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

import strawberry
from strawberry import Parent

from engine.domain import audiences
from engine.language.explain import Explanation, Step
from graphql_api import described
from graphql_api.scalars import JSON, DateTime, instant

if TYPE_CHECKING:
    from graphql_api.audience import Audience


@dataclass(frozen=True, slots=True)
class Explained:
    """An explanation with what it is about, and when it was worked out."""

    audience: audiences.Audience
    explanation: Explanation
    evaluated_at: int


@described.type_
class ExplanationStep:
    """One line of an explanation."""

    actual: JSON | None = described.attribute("What the profile has.")
    depth: int = described.attribute("Nesting, 0 for the root.")
    expected: JSON | None = described.attribute("What the rule asks.")
    label: str = described.attribute("The rule in English.")
    matched: bool = described.attribute("Held or not.")
    pointer: str = described.attribute("JSON Pointer into the tree.")


@described.type_
class MembershipExplanation:
    """Why a profile is, or is not, a member."""

    audience: Annotated[Audience, strawberry.lazy("graphql_api.audience")] = described.attribute("Which audience.")
    evaluated_at: DateTime = described.attribute("When this was worked out.")

    @described.field
    @staticmethod
    def matched(explained: Parent[Explained]) -> bool:
        """Member or not."""
        return explained.explanation.matched

    @described.field
    @staticmethod
    def next_change_at(explained: Parent[Explained]) -> DateTime | None:
        """Next time it can change with no new event."""
        return instant(explained.explanation.next_change_at)

    @described.field_of(list[ExplanationStep])
    @staticmethod
    def steps(explained: Parent[Explained]) -> Sequence[Step]:
        """The rules in order, one line each; `depth` gives the nesting."""
        return explained.explanation.steps

    @described.field
    @staticmethod
    def summary(explained: Parent[Explained]) -> str:
        """One English sentence."""
        return explained.explanation.summary
