"""Suggestions that can be clicked: each is tried in its place, and only what helps is offered."""

from __future__ import annotations

import pytest

from console.builder_mending import Mending, mendings
from engine.errors import InvalidDefinition
from engine.language.checker import check
from engine.language.parser import parse
from tests.language.people import Words

WORDS = Words()


def mended(text: str) -> list[Mending]:
    """Give what mends the first mistake of a text."""
    with pytest.raises(InvalidDefinition) as caught:
        check(parse(text), WORDS)
    return mendings(text, caught.value.problems[0], WORDS)


@pytest.mark.parametrize(
    ("text", "after"),
    [
        ("score_momentom > 50", "score_momentum > 50"),
        ("visit_count => 5", "visit_count >= 5"),
        ("visit_count 5", "visit_count = 5"),
        ("EXISTS email AND visit_count over 5", "EXISTS email AND visit_count > 5"),
        ("email", "EXISTS email"),
        ("subscribed = 'true'", "subscribed = true"),
        ("last_visit_at > '30 days'", 'last_visit_at > "now-30d"'),
        ("EXISTS email AND\n  utm_sources = 'a'", 'EXISTS email AND\n  utm_sources INTERSECTS ("a")'),
        ("INCLUDE vipp", "INCLUDE vip"),
    ],
)
def test_the_first_suggestion_mends_the_text(text: str, after: str) -> None:
    assert mended(text)[0].text == after


def test_one_of_several_mistakes_is_mended_at_a_time() -> None:
    assert mended("visit_cont > 1 AND score_momentom > 2")[0].text == "visit_count > 1 AND score_momentom > 2"


def test_what_does_not_help_in_its_place_is_advice_only() -> None:
    suggestions = mended("visit_count CONTAINS 'a'")

    assert [one.text for one in suggestions] == [None] * len(suggestions)
    assert suggestions[0].suggestion == "="
