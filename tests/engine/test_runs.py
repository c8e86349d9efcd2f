"""What a device says in one go: its own view follows from that alone, whoever is here (docs/decisions/0013)."""

from __future__ import annotations

import sqlite3
from typing import Any

from engine.domain.events import Trust
from engine.ports import ProfileBy, Window
from tests.engine.living import DAY, HOUR, Living, event

ADA, BO = "ada@example.com", "bo@example.com"
ORDERS = 'DID "Order" AT LEAST 2 TIMES IN LAST "30d"'


async def order(living: Living, device: str = "phone") -> None:
    """Let a device order now, and an hour pass."""
    await living.take(event("track", living.at, anonymous_id=device, name="Order"))
    await living.wait(HOUR)


async def says_both(living: Living) -> None:
    """Let the phone order as Ada, and then as the one of an account that somebody else has."""
    await living.identify("laptop", user_id="account", traits={"city": "Rome"})
    await living.page("phone")
    await living.identify("phone", ADA, traits={"plan": "pro"})
    await order(living)
    await living.identify("phone", user_id="account")
    await order(living)


async def own_view(living: Living, device: str = "phone") -> Any:
    """Give what a device sees: names, attributes, audiences, events, and how it came to its audiences."""
    me = await living.me(device)
    events = (await living.engine.profiles.events(me.id, Window(first=100))).items
    history = [(one.audience_slug, one.transition, one.cause) for one in await living.history(me.id)]
    return (
        {(one.namespace, one.value) for one in me.identities},
        dict(me.attributes),
        {one.audience.slug for one in me.audiences},
        [(one.event.name, one.event.occurred_at) for one in events],
        history,
    )


async def counted(living: Living, value: str, namespace: str) -> int:
    found = await living.engine.profiles.find(ProfileBy(identity=(namespace, value)))
    assert found is not None
    return int(found.attributes["event_count"])


async def test_the_device_follows_whom_it_last_named_and_sees_all_that_it_said(living: Living) -> None:
    await living.make("two_orders", ORDERS)

    await says_both(living)

    names, attributes, slugs, events, _ = await own_view(living)
    assert names == {("anonymous_id", "phone"), ("email", ADA), ("user_id", "account")}
    assert (attributes["plan"], "city" in attributes, attributes["event_count"]) == ("pro", False, 3)
    assert "two_orders" in slugs
    assert len(events) == 5
    assert [await counted(living, ADA, "email"), await counted(living, "account", "user_id")] == [2, 1]
    assert await living.differences() == []


async def test_the_view_is_that_of_a_house_where_nobody_has_the_account(living: Living, other_living: Living) -> None:
    for house in (living, other_living):
        await house.make("two_orders", ORDERS)
    await says_both(living)
    await other_living.page("phone")
    await other_living.identify("phone", ADA, traits={"plan": "pro"})
    await order(other_living)
    await other_living.identify("phone", user_id="account")
    await order(other_living)

    assert await own_view(living) == await own_view(other_living)


async def test_the_view_moves_on_with_time_and_over_a_restart(living: Living) -> None:
    await living.make("two_orders", ORDERS)
    await says_both(living)
    await living.restart()

    await living.wait(30 * DAY - 2 * HOUR - 1)
    before = {one.audience.slug for one in (await living.me("phone")).audiences}
    await living.wait(1)
    after = {one.audience.slug for one in (await living.me("phone")).audiences}

    assert ("two_orders" in before, "two_orders" in after) == (True, False)
    assert await living.differences() == []


async def test_the_device_returns_to_where_it_was(living: Living) -> None:
    await says_both(living)
    await living.identify("phone", ADA)
    await order(living)

    _, attributes, _, events, _ = await own_view(living)
    assert (attributes["event_count"], len(events)) == (4, 7)
    assert [await counted(living, ADA, "email"), await counted(living, "account", "user_id")] == [3, 1]
    assert await living.differences() == []


async def test_rules_made_later_count_every_part_of_the_run(living: Living) -> None:
    await says_both(living)
    await living.restart()

    await living.make("two_orders", ORDERS)
    await living.walk()

    assert "two_orders" in {one.audience.slug for one in (await living.me("phone")).audiences}
    assert "two_orders" not in await living.slugs(ADA)
    explained = await living.engine.profiles.explain((await living.me("phone")).id, "two_orders")
    assert explained.matched
    assert await living.differences() == []


async def test_erasing_whom_the_device_spoke_of_before_takes_that_out_of_its_view(living: Living) -> None:
    await living.make("two_orders", ORDERS)
    await says_both(living)

    await living.engine.privacy.erase(ProfileBy(identity=("email", ADA)))

    names, attributes, slugs, events, _ = await own_view(living)
    assert names == {("anonymous_id", "phone"), ("user_id", "account")}
    assert (attributes.get("plan"), attributes["event_count"], len(events)) == (None, 1, 2)
    assert "two_orders" not in slugs
    assert await living.differences() == []


async def test_erasing_whom_it_speaks_of_now_leaves_what_it_said_before(living: Living) -> None:
    await living.make("two_orders", ORDERS)
    await says_both(living)

    await living.engine.privacy.erase(ProfileBy(identity=("user_id", "account")))

    names, attributes, slugs, *_ = await own_view(living)
    assert names == {("anonymous_id", "phone"), ("email", ADA)}
    assert (attributes["plan"], attributes["event_count"]) == ("pro", 2)
    assert "two_orders" not in slugs
    assert await living.differences() == []


async def test_unlinking_an_older_part_shows_in_the_view(living: Living) -> None:
    await says_both(living)

    await living.engine.identities.unlink(("email", ADA))

    names, attributes, *_ = await own_view(living)
    assert names == {("anonymous_id", "phone"), ("user_id", "account")}
    assert attributes["event_count"] == 3
    assert await living.differences() == []


async def test_who_is_proven_sees_the_profile_and_what_the_device_said_beside_it(living: Living) -> None:
    await living.identify("laptop", BO)
    await living.identify("phone", user_id="account", trust=Trust.SERVER)
    await living.identify("tablet", user_id="account", traits={"city": "Rome"}, trust=Trust.SERVER)

    await living.identify("phone", BO)
    await living.identify("tablet", traits={"city": "Oslo"}, trust=Trust.SERVER)

    names, attributes, slugs, *_ = await own_view(living)
    assert ("email", BO) in names
    assert "known_users" in slugs
    assert attributes["city"] == "Oslo"
    assert "known_users" not in await living.slugs("tablet")
    assert await living.differences() == []


async def test_who_is_proven_no_more_sees_nothing_that_others_brought(living: Living) -> None:
    await living.identify("laptop", BO)
    await living.identify("tablet", user_id="account", traits={"city": "Rome"}, trust=Trust.SERVER)
    await living.identify("phone", user_id="account", trust=Trust.SERVER)
    await living.identify("phone", BO)

    await living.engine.identities.unlink(("anonymous_id", "phone"))

    _, attributes, _, events, history = await own_view(living)
    assert "city" not in attributes
    assert len(events) == 2
    assert await living.differences() == []
    assert len(history) == len(set(history))


async def test_a_device_leaves_with_all_that_it_said_in_a_home(living: Living) -> None:
    await living.identify("laptop", ADA, user_id="account")
    await living.identify("laptop", BO, user_id="account")
    await living.identify("phone", ADA)
    await order(living)
    await living.identify("phone", BO)  # the same person's, as the phone cannot know
    await order(living)
    (_, attributes, *_) = await own_view(living)
    links = await living.engine.identities.links((await living.profile(BO)).id)

    await living.engine.identities.unlink(("anonymous_id", "phone"))

    assert (attributes["event_count"], len(links)) == (1, 2)
    assert (await living.profile(BO)).attributes["event_count"] == 0
    assert (await living.profile("phone")).attributes["event_count"] == 2
    assert await living.differences() == []


async def test_the_check_tells_of_a_run_that_two_lead(living: Living) -> None:
    await says_both(living)
    await living.house.write(lambda connection: _let_all_lead(connection))

    assert any(place.startswith("who leads the run") for place in await living.differences())


def _let_all_lead(connection: sqlite3.Connection) -> None:
    connection.execute("UPDATE fragments SET leads = 1")
