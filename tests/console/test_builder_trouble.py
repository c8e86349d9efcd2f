"""Why something could not be saved, in the words of who builds it."""

from __future__ import annotations

import pytest

from console.builder_draft import Draft
from console.builder_preview import Look, Mistake, Named
from console.builder_saving import Trouble, trouble_of
from console.rules import Rule
from console.rules_gaps import Remark
from engine.domain.audiences import Audience, State
from engine.errors import (
    InvalidDefinition,
    InvalidValue,
    NotFound,
    Overloaded,
    Problem,
    RollcallError,
    StaleVersion,
    StorageUnavailable,
    Taken,
)

NOW = Audience(id=1, slug="vip", name="VIP", definition="*", version=5, state=State.ACTIVE, created_at=0, updated_at=0)
WRONG = InvalidDefinition((Problem("unknown_field", "There is no field x."),))
MISTAKEN = Look(mistakes=[Mistake(WRONG.problems[0], ())])
UNFINISHED = Look(gaps=[Named("Rule 1", Remark(0, "a number", Rule()))])


def trouble(error: RollcallError, look: Look = Look()) -> Trouble:  # noqa: B008  # a value that never changes
    return trouble_of(error, Draft(version=4), NOW, look)


@pytest.mark.parametrize(
    ("error", "status", "said"),
    [
        (StaleVersion("stale"), 409, "You began from version 4; it is at version 5 now. Nothing of yours is lost."),
        (NotFound("gone"), 404, "Copy the text of the rules into a new one."),
        (StorageUnavailable("The disk is full."), 503, "The disk is full. Everything is still here: try again."),
        (Overloaded("Too much at once."), 429, "Too much at once."),
        (InvalidValue("Odd tags.", ("tags",)), 422, "Odd tags."),
        (WRONG, 422, "There are none yet: add one."),
    ],
)
def test_what_is_in_the_way_is_told_with_what_to_do(error: RollcallError, status: int, said: str) -> None:
    told = trouble(error)
    assert (told.status, told.advice) == (status, said)


@pytest.mark.parametrize("field", ["name", "slug"])
def test_what_is_wrong_with_a_field_is_told_beside_it(field: str) -> None:
    assert trouble(Taken("Taken already.", (field,))).fields == {field: "Taken already."}


def test_a_mistake_is_told_under_the_text_and_a_gap_beside_the_rules() -> None:
    assert trouble(WRONG, MISTAKEN).advice == "There is a mistake in them: it is told under the text."
    assert trouble(WRONG, UNFINISHED).advice == "Something is missing still: it is listed beside the rules."


def test_someone_elses_rules_are_shown_with_theirs() -> None:
    assert trouble(StaleVersion("stale")).theirs == NOW
