"""Events and their properties as rule builders find them: how often they came, of which types, with which values."""

from __future__ import annotations

from typing import Any

import pytest

from engine.domain.events import Context
from engine.seen import AttributeSeen
from engine.values import FieldType
from tests.engine.living import HOUR, START, Living, event


async def order(living: Living, at: int = START, **properties: Any) -> None:
    await living.take(event("track", at, name="Order Completed", anonymous_id="d", properties=properties))


def properties(living: Living, name: str, text: str = "") -> dict[str, AttributeSeen]:
    return {one.field.name: one for one in living.engine.catalog.properties(name, text)}


async def values(living: Living, name: str, prefix: str = "", first: int = 20) -> list[tuple[Any, int]]:
    return list(await living.engine.catalog.top_values(name, prefix, first, "Order Completed"))


async def test_events_are_found_by_name_and_label_the_commonest_first(living: Living) -> None:
    await living.page()
    await living.identify("d", "ada@example.com")
    for name in ("Old order", "Order page", "Order Completed", "Order Completed"):
        await living.take(event("track", living.at, name=name, anonymous_id="d"))

    def found(text: str) -> list[tuple[str, int]]:
        return [(one.label, one.count) for one in living.engine.catalog.events(text)]

    assert found("ord") == [("Order Completed", 2), ("Order page", 1), ("Old order", 1)]
    assert found(" page ") == [("Page view", 1), ("Order page", 1)]
    assert found("identif") == [("Identification", 1)]
    assert len(living.engine.catalog.events(limit=2)) == 2


async def test_a_property_tells_its_type_how_often_it_came_and_as_what_else(living: Living) -> None:
    await order(living, total=49.0, coupon="SPRING", items=["a", "b"], address={"city": "Bern"}, paid_at="2026-01-31")
    await order(living, total=20.0, coupon=7)

    (seen,) = living.engine.catalog.events("order")
    found = {one.field.name: one for one in seen.properties}

    assert (found["total"].field.type, found["total"].count, found["total"].conflicting) == (FieldType.NUMBER, 2, {})
    assert (found["coupon"].field.type, found["coupon"].conflicting) == (FieldType.STRING, {FieldType.NUMBER: 1})
    assert found["items"].field.type is FieldType.SET
    assert found["paid_at"].field.type is FieldType.TIME
    assert (found["address.city"].field.label, found["address.city"].event) == ("Address › city", "Order Completed")


@pytest.mark.parametrize("name", ["Order Completed", "Never seen"])
async def test_what_is_known_of_every_event_can_be_asked_of_each(living: Living, name: str) -> None:
    await order(living)

    assert properties(living, name).keys() == {"url", "path", "title", "referrer", "local_hour", "local_weekday"}
    assert {one.count for one in properties(living, name).values()} == {int(name == "Order Completed")}
    assert properties(living, name, "day of").keys() == {"local_weekday"}
    assert all(one.field.description.endswith(".") for one in properties(living, name).values())


async def test_what_came_with_an_event_is_offered_first(living: Living) -> None:
    await order(living, total=49.0, voucher="SPRING")

    assert list(properties(living, "Order Completed"))[:3] == ["total", "voucher", "local_hour"]
    assert list(properties(living, "Order Completed", "t"))[:2] == ["total", "title"]


async def test_what_is_offered_is_what_the_checker_knows(living: Living) -> None:
    await order(living, total=49.0)
    catalog = living.engine.catalog

    assert catalog.property("Order Completed", "total") == properties(living, "Order Completed")["total"].field
    assert catalog.property("Order Completed", "sum") is None
    assert list(catalog.event_names()) == ["Order Completed"]


async def test_the_commonest_values_of_a_property_come_first(living: Living) -> None:
    for sizes in (["m", "l"], ["m"], ["s"]):
        await order(living, sizes=sizes, total=49.5, gift=True)
    await living.page(context=Context(path="/other"))

    assert await values(living, "sizes") == [("m", 2), ("l", 1), ("s", 1)]
    assert await values(living, "sizes", "l") == [("l", 1)]
    assert await values(living, "sizes", first=1) == [("m", 2)]
    assert await values(living, "total") == [(49.5, 3)]
    assert await values(living, "gift") == [(True, 3)]
    assert await values(living, "path") == []


async def test_every_day_of_the_week_is_offered_and_hours_as_they_were(living: Living) -> None:
    await order(living, START + 9 * HOUR)

    assert (await values(living, "local_weekday"))[:2] == [("monday", 1), ("friday", 0)]
    assert len(await values(living, "local_weekday")) == 7
    assert await values(living, "local_hour") == [(9, 1)]
