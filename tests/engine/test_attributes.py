"""Attributes as the catalog has them: their type from what was seen or declared, their conflicts in figures."""

from __future__ import annotations

import asyncio
import contextlib
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.domain.profiles import EMPTY, apply
from engine.domain.traits import flatten
from engine.errors import InvalidDefinition
from engine.seen import MOST_NAMES, AttributeSeen, Seen, SeenAttributes
from engine.settings import DeclaredAttribute
from engine.storage import migrations
from engine.storage.sqlite import connect
from engine.values import FieldType
from tests.engine.living import DAY, START, Living, copied, event
from tests.engine.strategies import PEOPLE, acts, numbered

BOOLEAN, NUMBER, STRING, TIME = FieldType.BOOLEAN, FieldType.NUMBER, FieldType.STRING, FieldType.TIME
CONTRACT = DeclaredAttribute("contract", STRING, "Your contract", "What the customer pays for.")


@pytest.fixture
def database(furnished: Path, tmp_path: Path) -> Path:
    """Give a house of its own to a test that opens it in several ways."""
    return copied(furnished, tmp_path)


async def says(living: Living, device: str, **traits: Any) -> None:
    living.at += 1
    await living.take(event("identify", living.at, anonymous_id=device, traits=traits))


def seen(living: Living, name: str) -> AttributeSeen:
    found = living.engine.catalog.attribute(name)
    assert found is not None, name
    return found


async def test_values_are_counted_by_type_once_for_each_device_that_holds_one(living: Living) -> None:
    for device, value in (("a", "pro"), ("b", "free"), ("b", "pro"), ("c", 5), ("d", "pro"), ("d", None)):
        await says(living, device, plan=value)

    plan = seen(living, "plan")

    assert (plan.field.type, plan.count, plan.types) == (STRING, 3, {STRING: 2, NUMBER: 1})
    assert plan.conflicting == {NUMBER: 1}


async def test_a_type_that_was_seen_stays_when_no_value_of_it_is_left(living: Living) -> None:
    await says(living, "a", plan="pro")
    await says(living, "a", plan=5)
    await living.restart()

    assert (seen(living, "plan").field.type, seen(living, "plan").types) == (STRING, {NUMBER: 1, STRING: 0})


async def test_an_attribute_that_gave_way_to_others_is_no_longer_counted(living: Living) -> None:
    await says(living, "a", plan="pro")
    await says(living, "a", **{f"other_{number}": number for number in range(500)})

    assert (seen(living, "plan").count, seen(living, "other_499").count) == (0, 1)
    assert await living.differences() == []


def test_a_full_catalog_takes_no_new_names_but_those_declared() -> None:
    full = {f"name_{number}": Seen({NUMBER: 1}) for number in range(MOST_NAMES)}
    catalog = SeenAttributes(full, {"contract": CONTRACT})
    said = event("identify", START, anonymous_id="d", traits={"contract": "pro", "other": "x", "name_1": "y"})

    catalog.follow(EMPTY, apply(EMPTY, said, ()), dict(flatten(said.traits)))

    assert (catalog.by_name["contract"].types, catalog.changed) == ({STRING: 1}, {"contract", "name_1"})
    assert (catalog.attribute("other"), catalog.field("other")) == (None, None)


events_of_a_device = st.lists(acts("d", PEOPLE[0], START), min_size=1, max_size=20).map(numbered)
declarations = st.sampled_from(
    [(), (DeclaredAttribute("plan", STRING),), (DeclaredAttribute("plan", NUMBER),), (DeclaredAttribute("tags", TIME),)]
)


async def catalog_after(template: Path, declared: tuple[DeclaredAttribute, ...], events: list[Any]) -> Any:
    with TemporaryDirectory() as folder:
        async with Living(copied(template, Path(folder)), declared=declared) as living:
            for one in events:
                await living.take(one)
            assert await living.differences() == []
            return {one.field.name: one for one in living.engine.catalog.search(limit=None)}


@given(events_of_a_device, declarations, st.integers(0, 2**32))
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_types_and_counts_do_not_depend_on_the_order_of_events(
    furnished: Path, events: list[Any], declared: tuple[DeclaredAttribute, ...], seed: int
) -> None:
    shuffled = Random(seed).sample(events, len(events))

    one, other = (asyncio.run(catalog_after(furnished, declared, some)) for some in (events, shuffled))

    assert one == other
    assert {name: one[name].field.type for name in (each.name for each in declared)} == {
        each.name: each.type for each in declared
    }


async def test_a_declared_attribute_is_known_before_any_event(database: Path) -> None:
    async with Living(database, declared=(CONTRACT,)) as living:
        contract = seen(living, "contract")
        field = contract.field
        told = (field.label, field.description, field.type, contract.count, contract.is_declared)
        assert told == ("Your contract", "What the customer pays for.", STRING, 0, True)
        assert [one.field.name for one in living.engine.catalog.search("customer pays")] == ["contract"]

        await living.make("contracted", 'contract = "pro"')
        await says(living, "a", contract="pro")
        assert "contracted" in await living.slugs("a")
        with pytest.raises(InvalidDefinition, match="contract is text"):
            await living.make("more", "contract > 5")


async def test_a_declared_type_holds_whatever_is_seen_and_other_values_count_as_missing(database: Path) -> None:
    async with Living(database, declared=(DeclaredAttribute("seats", NUMBER),)) as living:
        await living.make("seated", "EXISTS seats")
        await living.make("standing", "NOT EXISTS seats")
        for device, value in (("a", "many"), ("b", 5), ("c", "some")):
            await says(living, device, seats=value)

        seats = seen(living, "seats")

        assert (seats.field.type, seats.field.label, seats.conflicting) == (NUMBER, "Seats", {STRING: 2})
        members = {device: await living.slugs(device) & {"seated", "standing"} for device in "abc"}
        assert members == {"a": {"standing"}, "b": {"seated"}, "c": {"standing"}}


async def test_a_declared_time_moves_as_times_do(database: Path) -> None:
    async with Living(database, declared=(DeclaredAttribute("renews_at", TIME),)) as living:
        await living.make("renewing", 'renews_at < "now"')
        await says(living, "a", renews_at="2026-02-17")
        assert "renewing" not in await living.slugs("a")

        await living.wait(DAY)

        assert "renewing" in await living.slugs("a")


async def test_a_definition_keeps_its_types_when_a_declaration_comes_changes_or_goes(database: Path) -> None:
    async with Living(database) as living:
        await says(living, "a", language="Esperanto")
        await living.make("speakers", 'language = "Esperanto"')
    for declared in ((DeclaredAttribute("language", NUMBER, "Tongue"),), ()):
        async with Living(database, declared=declared) as living:
            await living.walk()
            assert "speakers" in await living.slugs("a")
            assert await living.differences() == []
            uses = living.engine.catalog.uses("language")
            assert [(one.audience.slug, one.type) for one in uses] == [("speakers", STRING)]


async def test_a_definition_on_what_was_only_declared_stays_when_the_declaration_goes(database: Path) -> None:
    async with Living(database, declared=(DeclaredAttribute("language", STRING),)) as living:
        await living.make("speakers", 'language = "Esperanto"')
    async with Living(database) as living:
        await says(living, "a", language="Esperanto")

        assert "speakers" in await living.slugs("a")


async def test_counts_by_type_come_from_a_file_that_had_one_count(tmp_path: Path) -> None:
    with contextlib.closing(connect(tmp_path / "old.db")) as connection:
        connection.executescript(migrations.STEPS[0])
        connection.execute("INSERT INTO attributes VALUES ('age', 'number,string', 3), ('plan', 'string', 2)")
        connection.execute("INSERT INTO events_seen VALUES ('buy', '', '', 9), ('buy', 'sum', 'number,set,time', 8)")
        connection.execute("PRAGMA user_version = 1")
    async with Living(tmp_path / "old.db") as living:
        found = living.house.seen.by_name
        assert {name: one.types for name, one in found.items()} == {"age": {NUMBER: 3, STRING: 0}, "plan": {STRING: 2}}
        bought = living.house.events.by_name["buy"]
        assert (bought.count, bought.properties["sum"].count, len(bought.properties["sum"].types)) == (9, 8, 3)
