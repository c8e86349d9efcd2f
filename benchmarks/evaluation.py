"""What one evaluation of a compiled definition costs, beside the same three tests written by hand in Python."""

from __future__ import annotations

import timeit
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from benchmarks.audiences import THREE_TESTS
from benchmarks.report import Figure, Plan
from engine.language.checker import check
from engine.language.parser import parse
from engine.language.predicate import compile_predicate
from engine.language.types import Field
from engine.values import FieldType, Motion, Value

TARGET = 500.0
PROFILE: Mapping[str, Value] = {
    "score_momentum": 80.0,
    "score_frequency": 19.0,
    "utm_sources": frozenset({"newsletter", "google"}),
}
WANTED = frozenset({"newsletter"})


@dataclass(frozen=True, slots=True)
class Words:
    """The three fields that the definition asks about."""

    fields: Mapping[str, Field] = field(
        default_factory=lambda: {
            "score_momentum": Field("score_momentum", FieldType.NUMBER, Motion.DECAYING, "Score: momentum"),
            "score_frequency": Field("score_frequency", FieldType.NUMBER, Motion.DECAYING, "Score: frequency"),
            "utm_sources": Field("utm_sources", FieldType.SET, Motion.STILL, "Campaign sources"),
        }
    )

    def field(self, name: str) -> Field | None:
        """Find a field."""
        return self.fields.get(name)

    def field_names(self) -> Iterable[str]:
        """List them."""
        return self.fields

    def audience_slugs(self) -> Iterable[str]:
        """There are no audiences to include."""
        return ()


def run(plan: Plan) -> Iterator[Figure]:
    """Evaluate a profile that passes all three tests, so that all three are made."""
    predicate = compile_predicate(check(parse(THREE_TESTS), Words()))
    included: Mapping[str, bool] = {}
    if not (predicate(PROFILE, 0, included) and by_hand(PROFILE)):
        raise RuntimeError("the profile should pass all three tests")
    compiled = nanoseconds(lambda: predicate(PROFILE, 0, included), plan)
    written = nanoseconds(lambda: by_hand(PROFILE), plan)
    yield Figure(
        name="one evaluation of three tests",
        value=f"{compiled:,.0f} ns",
        baseline=f"by hand {written:,.0f} ns",
        ratio=compiled / written,
        target=f"≤ {TARGET:,.0f} ns",
        met=compiled <= TARGET,
    )


def by_hand(profile: Mapping[str, Value]) -> bool:
    """Make the three tests as a person would who knows that every value is there."""
    return (
        profile["score_momentum"] > 50  # type: ignore[operator]
        and profile["score_frequency"] < 25  # type: ignore[operator]
        and not WANTED.isdisjoint(profile["utm_sources"])  # type: ignore[arg-type]
    )


def nanoseconds(call: Callable[[], object], plan: Plan) -> float:
    """Time a call: the best of five runs."""
    count = plan.pick(20_000, 500_000)
    return min(timeit.repeat(call, number=count, repeat=5)) / count * 1e9
