"""Lists as ports promise them: both directions meet in the middle, totals are exact, nonsense is refused."""

from __future__ import annotations

from base64 import urlsafe_b64encode
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from engine.errors import InvalidValue, NotFound
from engine.ports import (
    AudienceOrder,
    AudienceQuery,
    Page,
    ProfileBy,
    ProfileOrder,
    ProfileQuery,
    Window,
)
from engine.runtime.paging import to_cursor
from tests.engine.living import DAY, HOUR, START, Living, event

Ask = Callable[[Window], Awaitable[Page[Any]]]


async def furnish(living: Living) -> dict[str, Ask]:
    """Let seven people live, and give every list that has windows."""
    for number in range(7):
        at = START - number * DAY
        pages = (event("page", at + hour * HOUR, received_at=START, anonymous_id=f"d{number}") for hour in (0, 0, 5))
        await living.take(*pages)
    await living.identify("d1", "ada@example.com")
    profile, all_ = await living.profile("d1"), living.audience("all")
    engine = living.engine

    async def audiences(window: Window) -> Page[Any]:
        return engine.audiences.search(AudienceQuery(order=AudienceOrder.SIZE, descending=True), window)

    async def names(window: Window) -> Page[Any]:
        return engine.audiences.search(AudienceQuery(), window)

    return {
        "profiles by last seen": lambda window: engine.profiles.search(ProfileQuery(), window),
        "profiles by first seen": lambda window: engine.profiles.search(
            ProfileQuery(order=ProfileOrder.FIRST_SEEN_AT, descending=False), window
        ),
        "events": lambda window: engine.profiles.events(profile.id, window),
        "history": lambda window: engine.profiles.history(profile.id, window),
        "members": lambda window: engine.audiences.members(all_.id, window),
        "changes": lambda window: engine.audiences.changes(all_.id, window),
        "audiences by size": audiences,
        "audiences by name": names,
    }


LISTS = (
    *("profiles by last seen", "profiles by first seen", "events", "history", "members", "changes"),
    *("audiences by size", "audiences by name"),
)


@pytest.mark.parametrize("name", LISTS)
@pytest.mark.parametrize("size", [1, 2, 3])
async def test_paging_forwards_and_backwards_gives_the_whole_once(living: Living, name: str, size: int) -> None:
    ask = (await furnish(living))[name]
    whole = await ask(Window(first=1_000))
    forwards: list[str] = []
    backwards: list[str] = []
    window = Window(first=size)
    while (page := await ask(window)).items:
        forwards += page.cursors
        assert page.has_next == (len(forwards) < len(whole.cursors))
        window = Window(first=size, after=page.cursors[-1])
    window = Window(last=size)
    while (page := await ask(window)).items:
        backwards = [*page.cursors, *backwards]
        assert page.has_previous == (len(backwards) < len(whole.cursors))
        window = Window(last=size, before=page.cursors[0])
    assert forwards == backwards == list(whole.cursors)
    assert len(set(forwards)) == len(forwards) > 3


@pytest.mark.parametrize("name", LISTS)
async def test_nothing_may_be_asked_for(living: Living, name: str) -> None:
    page = await (await furnish(living))[name](Window(first=0))
    assert (list(page.items), page.has_next) == ([], True)


NONSENSE = (
    *("", "x", "é", "====", to_cursor(()), to_cursor((1, 2, 3)), to_cursor((2**63, 2**63)), to_cursor(("a", 1))),
    *(urlsafe_b64encode(text).decode() for text in (b"{}", b"[true, false]", b"[1.5, 1]", b"[" * 2_000, b"\xff")),
)


@pytest.mark.parametrize("name", LISTS)
async def test_a_cursor_that_is_none_of_this_list_is_refused(living: Living, name: str) -> None:
    ask = (await furnish(living))[name]
    for cursor in NONSENSE:
        for window in (Window(first=1, after=cursor), Window(last=1, before=cursor)):
            with pytest.raises(InvalidValue, match="is not a cursor of this list"):
                await ask(window)


@pytest.mark.parametrize(
    "window",
    [Window(first=-1), Window(last=-1), Window(first=10**9), Window(first=1, last=1), Window(first=1, before="x")],
)
async def test_a_window_that_makes_no_sense_is_refused(living: Living, window: Window) -> None:
    for ask in (await furnish(living)).values():
        with pytest.raises(InvalidValue):
            await ask(window)


@pytest.mark.parametrize(
    ("query", "found"),
    [
        (ProfileQuery(text="ada"), ["d1"]),
        (ProfileQuery(text=" ADA@Example.com "), ["d1"]),
        (ProfileQuery(text="d1"), ["d1"]),
        (ProfileQuery(text="d"), ["d0", "d1", "d2", "d3", "d4", "d5", "d6"]),
        (ProfileQuery(text="example"), []),
        (ProfileQuery(text="%"), []),
        (ProfileQuery(text="  "), ["d0", "d1", "d2", "d3", "d4", "d5", "d6"]),
        (ProfileQuery(known=True), ["d1"]),
        (ProfileQuery(known=False, text="d"), ["d0", "d2", "d3", "d4", "d5", "d6"]),
    ],
)
async def test_people_are_found_by_what_an_identifier_begins_with(
    living: Living, query: ProfileQuery, found: list[str]
) -> None:
    await furnish(living)
    page = await living.engine.profiles.search(query, Window(first=50))
    devices = [one.value for profile in page.items for one in profile.identities if one.namespace == "anonymous_id"]
    assert sorted(devices) == found
    assert page.total == len(found)


async def test_events_are_listed_by_their_words(living: Living) -> None:
    await living.page()
    await living.take(event("track", START, anonymous_id="d", name="Order"))
    profile = await living.profile()
    page = await living.engine.profiles.events(profile.id, Window(), ["Order"])
    assert [one.event.name for one in page.items] == ["Order"]
    stored = await living.engine.profiles.event(page.items[0].id)
    assert stored == page.items[0]


async def test_a_device_lists_its_own_events_only(living: Living) -> None:
    await living.identify("ada's", "ada@example.com")
    await living.identify("claims", "ada@example.com")
    mine = await living.engine.profiles.events((await living.me("claims")).id, Window())
    whole = await living.engine.profiles.events((await living.profile("ada@example.com")).id, Window())
    assert (len(mine.items), len(whole.items)) == (1, 2)


async def test_many_come_in_the_order_asked_with_none_for_nobody(living: Living) -> None:
    await furnish(living)
    found = await living.engine.profiles.many([3, 99, 1])
    assert [one and one.id for one in found] == [3, None, 1]


async def test_an_address_is_compared_after_normalising(living: Living) -> None:
    await living.identify("d", "ada@example.com")
    found = await living.engine.profiles.find(ProfileBy(identity=("email", " ADA@example.COM")))
    assert found is not None


async def test_why_agrees_with_membership_and_tells_when_it_ends(living: Living) -> None:
    await living.page()
    profile = await living.profile()
    members = {one.audience.slug for one in profile.audiences}
    for one in living.engine.audiences.all():
        assert (await living.engine.profiles.explain(profile.id, one.slug)).matched == (one.slug in members)
    told = await living.engine.profiles.explain(profile.id, "visited_within_day")
    assert told.next_change_at == START + DAY


@pytest.mark.parametrize(("id", "slug"), [(1, "nowhere"), (99, "all")])
async def test_why_of_nobody_or_of_nothing_is_not_found(living: Living, id: int, slug: str) -> None:
    await living.page()
    with pytest.raises(NotFound):
        await living.engine.profiles.explain(id, slug)


async def test_an_audience_in_use_tells_its_users(living: Living) -> None:
    await living.make("inner", "*")
    await living.make("outer", "INCLUDE inner")
    audiences = living.engine.audiences
    assert [one.slug for one in audiences.used_by("inner")] == ["outer"]
    assert [one.slug for one in audiences.depends_on("outer")] == ["inner"]
    assert audiences.depends_on("nowhere") == audiences.used_by("nowhere") == []


async def test_versions_of_rules_are_kept_with_their_authors(living: Living) -> None:
    await living.make("some", "*")
    await living.edit("some", definition="EXISTS email", author="Ada")
    kept = await living.engine.audiences.versions(living.audience("some").id)
    assert [(one.version, one.definition, one.author) for one in kept] == [(2, "EXISTS email", "Ada"), (1, "*", None)]


async def test_a_profiles_audiences_are_told_as_they_stand(living: Living) -> None:
    for number in range(3):
        await living.page(f"d{number}")
    for membership in (await living.profile("d1")).audiences:
        assert membership.audience == living.audience(membership.audience.slug)
        assert membership.audience.size == 3
