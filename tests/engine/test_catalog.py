"""What there is to ask about: built-in fields, the names that Lytics gives them, and what people call their own."""

from __future__ import annotations

import pytest

from engine.catalog import BUILT_IN, BY_NAME, BuiltIn
from engine.domain.scores import SCORE_NAMES
from engine.domain.traits import is_reserved
from engine.seen import SeenAttributes
from tests.engine.living import Living

LYTICS = (
    "FILTER *",
    "FILTER AND (_modified <= \"now-30d\", _num_aliases = 1, EXISTS '_uids') FROM user ALIAS asked",
    "FILTER AND (_num_aliases = 1, EXISTS '_uids') FROM user ALIAS asked",
    'FILTER AND (EXISTS email, _created > "now-1w") FROM user ALIAS asked',
    "FILTER NOT EXISTS email FROM user ALIAS asked",
    "FILTER AND (scores.momentum > 40, NOT scores.frequency > 20) FROM user ALIAS asked",
    'FILTER AND (visitct > 1, last_visit_ts > "now-3M") FROM user ALIAS asked',
    'FILTER OR (channel INTERSECTS ("email"), utm_source INTERSECTS ("google", "bing")) FROM user ALIAS asked',
    "FILTER lytics_content.cycling >= 0.2 FROM user ALIAS asked",
    "FILTER AND (pageviewct >= 1, hitct >= 1, userid != null) FROM user ALIAS asked",
)


@pytest.mark.parametrize("definition", LYTICS)
async def test_definitions_in_the_words_of_lytics_can_be_saved(living: Living, definition: str) -> None:
    await living.page()

    made = await living.make("asked", definition)
    await living.walk()

    assert made.slug == "asked"
    assert await living.differences() == []


async def test_an_anonymous_profile_has_one_identifier_and_a_known_one_more(living: Living) -> None:
    await living.make("alone", "FILTER AND (_num_aliases = 1, EXISTS '_uids')")
    await living.page()
    before = await living.slugs()

    await living.identify("d", "ada@example.com")

    assert ("alone" in before, "alone" in await living.slugs()) == (True, False)


async def test_a_trait_with_the_name_of_an_alias_is_the_trait(living: Living) -> None:
    await living.identify("d", "ada@example.com", traits={"language": "Esperanto"})

    await living.make("speakers", 'language = "Esperanto"')
    await living.walk()

    assert "speakers" in await living.slugs()


@pytest.mark.parametrize("name", [one.field.name for one in BUILT_IN])
def test_no_trait_can_take_the_name_of_a_built_in_field(name: str) -> None:
    assert is_reserved(name)


def test_each_name_means_one_field() -> None:
    names = [name for one in BUILT_IN for name in (one.field.name, *one.aliases)]

    assert len(set(names)) == len(names)
    assert all(SeenAttributes().field(name) is not None for name in names)


def test_the_names_of_other_systems_are_told_with_the_field() -> None:
    assert [one.field.name for one in BUILT_IN if not one.aliases] == ["email", "known"]
    assert BY_NAME["visitct"].field.name == "visit_count"


@pytest.mark.parametrize("one", BUILT_IN, ids=lambda one: one.field.name)
def test_each_built_in_field_has_a_label_and_a_sentence_about_it(one: BuiltIn) -> None:
    said = one.field.description

    assert one.field.label[:1].isupper()
    assert said[:1].isupper()
    assert said.endswith(".")
    assert 20 <= len(said) <= 100


def test_there_is_a_field_for_each_score() -> None:
    assert [one.field.name for one in BUILT_IN if one.field.name.startswith("score_")] == [
        f"score_{name}" for name in SCORE_NAMES
    ]
