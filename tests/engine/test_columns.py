"""Columns tell what the predicate tells, and say where they cannot: live, behind the events, and written anew."""

from __future__ import annotations

import sqlite3
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.domain import columns as laid
from engine.domain.columns import SIZE
from engine.errors import InvalidDefinition
from engine.language.tree import places
from engine.ports import Step, Window
from engine.runtime.registry import checked
from engine.runtime.survey import Counted, Survey
from engine.storage import columns
from tests.engine.living import DAY, START, Living, copied, event
from tests.engine.strategies import PEOPLE, Stretch, stretches, told

TESTS = (
    'email = "ada@example.com"',
    'email LIKE "*@example.com"',
    'email CONTAINS "bo"',
    "EXISTS email",
    "known = false",
    'plan = "pro"',
    'plan IN ("free", "pro")',
    "plan LIKE \"p*\" AND plan != 'x'",
    'EXISTS "plan"',
    'tags INTERSECTS ("a")',
    'tags NOT IN ("b", "c")',
    "EXISTS tags",
    "visits_to_shop > 3",
    "visits_to_shop BETWEEN 3 AND 4",
    "visits_to_shop IN (3, 5)",
    "visits_to_shop = 3",
    "visits_to_shop = true",
    'deep = "er"',
    'plan.deep = "er"',
    "EXISTS plan.deep",
    'devices INTERSECTS ("mobile")',
    'channels IN ("email", "paid")',
    "EXISTS utm_sources",
    "visit_count >= 2",
    "page_view_count BETWEEN 1 AND 3",
    "identifier_count > 1",
    'last_visit_at > "now-7d"',
    'last_seen_at < "now-1M"',
    'first_visit_at BETWEEN "2026-01-15" AND "now-3d"',
    "timewindow(last_visit_at, 10, days)",
    "affinity.cycling > 0.1",
    "affinity.coffee <= 0.05",
    'affinity IN ("cycling")',
    "EXISTS affinity",
    *(f"score_{name} > {at}" for name in ("momentum", "frequency", "recency", "propensity") for at in (0, 20, 50, 79)),
    *(f"score_{name} <= 40" for name in ("intensity", "quantity", "consistency", "maturity", "volatility")),
    "score_momentum IN (80, 64, 19)",
    'DID "page"',
    'DID "page" AT LEAST 2 TIMES IN LAST "10d"',
    'DID "track" AT MOST 1 TIME IN LAST "1M"',
    'DID NOT "screen"',
    'DID "page" EXACTLY 1 TIME BETWEEN "2026-01-20" AND "2026-02-10"',
    'DID "identify" WHERE plan = "pro"',
    'DID "identify" AT MOST 1 TIME WHERE EXISTS plan',
    "INCLUDE known_users",
    "NOT INCLUDE visited_within_week",
    "INCLUDE cycling_pros",
)
rules = st.recursive(
    st.sampled_from(TESTS).map(lambda text: f"({text})"),
    lambda inner: st.one_of(
        st.lists(inner, min_size=1, max_size=3).map(lambda items: f"AND ({', '.join(items)})"),
        st.lists(inner, min_size=1, max_size=3).map(lambda items: f"OR ({', '.join(items)})"),
        inner.map(lambda item: f"NOT {item}"),
    ),
    max_leaves=5,
)
SLOW = settings(deadline=None, max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])


async def brought_up_to_date(house: Living) -> None:
    while await house.parts.columns.run_once():
        pass


async def counted(house: Living, text: str) -> tuple[Counted, bool]:
    """Count whom rules match, and each part of them; tells too whether columns alone could tell."""
    rules = checked(text, house.house.words(), house.house.registry)
    survey = Survey(house.house, rules, [node for _, node in places(rules.root)], frozenset())
    found = await house.house.read(lambda connection: survey.run(connection, house.at + 1, SIZE))
    return replace(found, doubtful=0, asked=0), not found.doubtful


async def asked_one_by_one(house: Living, text: str) -> Counted:
    """Count by the predicate alone."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("engine.storage.columns.MOST_UNNOTED", -1)
        return (await counted(house, text))[0]


async def stored(house: Living, slug: str, text: str) -> set[int]:
    """Make an audience and give its members once it is built."""
    audience = await house.make(slug, text)
    await house.walk()
    members = await house.engine.audiences.members(audience.id, Window(first=100))
    return {profile.id for profile, _ in members.items}


@SLOW
@given(
    lives=stretches(), seed=st.integers(0, 99), texts=st.lists(rules, min_size=4, max_size=4), later=st.integers(0, 60)
)
async def test_columns_tell_what_the_predicate_tells(
    furnished: Path, lives: list[list[Stretch]], seed: int, texts: list[str], later: int
) -> None:
    with TemporaryDirectory() as folder:
        async with Living(copied(furnished, Path(folder))) as house:
            for number, one in enumerate(told(lives, seed)):
                await house.take(one)
                if number % 5 == 4:
                    await brought_up_to_date(house)
            await brought_up_to_date(house)
            await house.wait(later * DAY)

            for number, text in enumerate(texts):
                with suppress(InvalidDefinition):  # attributes have whatever types came
                    by_columns, alone = await counted(house, text)

                    assert by_columns == await asked_one_by_one(house, text), text
                    assert alone or "WHERE" in text, text
                    assert await stored(house, f"asked_{number}", text) == set(by_columns.newest), text


@SLOW
@given(lives=stretches(), seed=st.integers(0, 99))
async def test_columns_kept_up_to_date_are_those_written_anew(
    furnished: Path, lives: list[list[Stretch]], seed: int
) -> None:
    with TemporaryDirectory() as folder:
        async with Living(copied(furnished, Path(folder))) as house:
            for one in told(lives, seed):
                await house.take(one)
                await house.parts.columns.run_once()
            await brought_up_to_date(house)
            kept = await house.house.read(contents)

            await house.house.write(columns.clear)
            await house.restart()
            await brought_up_to_date(house)

            assert kept == await house.house.read(contents)


def contents(connection: sqlite3.Connection) -> dict[str, set[laid.Row]]:
    return {name: set(laid.unpack(data).rows()) for name, data in columns.all_of(connection, 0).items()}


async def test_the_check_of_a_rebuild_tells_a_column_that_is_wrong(living: Living) -> None:
    await living.identify("d1", PEOPLE[0], traits={"plan": "pro"})
    await brought_up_to_date(living)
    assert await living.differences() == []

    wrong = laid.pack(laid.of([(1, "free", ())]))
    await living.house.write(lambda connection: columns.save(connection, 0, [("string plan", wrong)], []))

    assert await living.differences() == ["column string plan of block 0"]


async def test_who_has_changed_since_is_no_difference(living: Living) -> None:
    await living.identify("d1", PEOPLE[0], traits={"plan": "pro"})
    await brought_up_to_date(living)
    await living.identify("d1", PEOPLE[0], traits={"plan": "free"})

    assert await living.differences() == []


async def test_who_is_behind_is_asked_himself(living: Living) -> None:
    await living.identify("d1", PEOPLE[0], traits={"plan": "pro"})
    await living.identify("d2", PEOPLE[1], traits={"plan": "pro"})
    await brought_up_to_date(living)
    living.at += DAY

    await living.identify("d1", PEOPLE[0], traits={"plan": "free"})
    seen = await living.engine.audiences.preview('plan = "pro"')

    assert (seen.size, seen.total, seen.estimated) == (1, 2, False)
    assert [one.email for one in seen.sample] == [PEOPLE[1]]


async def test_a_profile_that_became_part_of_another_is_no_longer_counted(living: Living) -> None:
    await living.page("d1")
    await living.identify("d2", PEOPLE[0])
    await brought_up_to_date(living)

    await living.identify("d1", PEOPLE[0])
    before = await living.engine.audiences.preview("*")
    await brought_up_to_date(living)

    assert before.size == (await living.engine.audiences.preview("*")).size == 1


async def test_every_group_and_every_rule_has_its_size(living: Living) -> None:
    await living.identify("d1", PEOPLE[0], traits={"plan": "pro"})
    await living.identify("d2", PEOPLE[1], traits={"plan": "free"})
    await living.page("d3")
    await brought_up_to_date(living)

    seen = await living.engine.audiences.preview('AND (EXISTS email, NOT OR (plan = "pro", plan = "gold"))')

    sizes = {"": 1, "/args/0": 2, "/args/1": 2, "/args/1/args/0": 1, "/args/1/args/0/args/0": 1}
    assert seen.steps == [*(Step(*one) for one in sizes.items()), Step("/args/1/args/0/args/1", 0)]


async def test_an_edit_tells_who_would_enter_and_who_would_leave(living: Living) -> None:
    for number, plan in enumerate(["pro", "pro", "gold", "free"]):
        await living.identify(None, f"{number}@example.com", traits={"plan": plan})
    await living.make("payers", 'plan = "pro"')
    await living.walk()

    new = 'plan IN ("gold", "free")'
    seen = await living.engine.audiences.preview(new, instead_of="payers")

    assert (seen.size, seen.entering, seen.leaving) == (2, 2, 2)
    assert (await living.engine.audiences.preview(new)).entering is None


async def test_only_the_newest_events_are_laid_out_and_the_rest_is_known_to_be_missing(
    living: Living, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("engine.runtime.columns.MOST_EVENTS", 3)
    await living.take(*(event("page", START - number * DAY, anonymous_id="d") for number in range(6)))
    await brought_up_to_date(living)

    for text, alone in (
        ('DID "page" AT LEAST 3 TIMES IN LAST "10d"', True),
        ('NOT DID "page" AT MOST 2 TIMES IN LAST "2d"', True),
        ('DID "page" EXACTLY 2 TIMES IN LAST "2d"', True),
        ('DID "page" EXACTLY 6 TIMES', False),
        ('DID "page" AT LEAST 4 TIMES IN LAST "10d"', False),
    ):
        assert (await counted(living, text))[1] is alone, text
        assert (await counted(living, text))[0] == await asked_one_by_one(living, text)


_rows = st.tuples(st.integers(0, 9), st.sampled_from([None, "a", "b", "c"]), st.floats(0, 9))


@given(st.lists(st.lists(_rows, max_size=9)))
def test_replacing_rows_leaves_the_others_and_only_words_in_use(
    batches: list[list[tuple[int, str | None, float]]],
) -> None:
    column, expected = laid.EMPTY, set[tuple[int, str | None, float]]()
    for batch in batches:
        gone = np.zeros(SIZE, np.bool_)
        gone[[position for position, _, _ in batch]] = True
        expected = {row for row in expected if row[0] not in {position for position, _, _ in batch}} | set(batch)

        column = laid.replaced(column, gone, [(position, word, (n,)) for position, word, n in batch])

        assert {(at, word, n) for at, word, (n,) in laid.unpack(laid.pack(column)).rows()} == expected
        assert set(column.words) == {word for _, word, _ in expected if word is not None}
