"""Each starter audience has someone who enters it, and someone (or a time) that leaves it."""

from __future__ import annotations

import pytest

from engine.domain.events import Context, Event
from engine.runtime.starters import STARTERS
from tests.engine.living import DAY, HOUR, MINUTE, START, Living, event

ADA = "ada@example.com"


def visits(*days: int, pages: int = 1, context: Context | None = None) -> list[Event]:
    """Let a device come on some days, as many days ago, and see so many pages each time."""
    return [
        event("page", START - day * DAY + page * MINUTE, anonymous_id="d", context=context or Context())
        for day in sorted(days, reverse=True)
        for page in range(pages)
    ]


STORIES: tuple[tuple[str, list[Event], int, list[Event]], ...] = (
    # audience, what brings someone in, then so many days pass, then what happens: and he is out
    ("anonymous_users", visits(0), 0, [event("identify", START, anonymous_id="d", email=ADA)]),
    ("new_visitors", visits(0), 2, visits(-2)),
    ("high_momentum_low_frequency", visits(0), 19, []),
    ("at_risk", visits(34, 33, 32, 31, 30), 0, visits(0)),
    ("deeply_engaged", visits(*range(15), pages=12), 60, []),
    ("casual_visitors", visits(20, 0), 1, visits(-1, pages=200)),
    ("frequent_users", visits(*range(25)), 60, []),
    ("infrequent_users", visits(0), 8, visits(*(-day for day in range(1, 9)))),
    ("likely_to_return", visits(*range(10)), 120, []),
    ("visited_within_day", visits(0), 1, []),
    ("visited_within_week", visits(0), 7, []),
    ("visited_within_month", visits(0), 28, []),
    ("dormant", visits(100), 1, visits(-1)),
)
FOR_GOOD: tuple[tuple[str, list[Event], list[Event]], ...] = (
    # audience, what does not bring someone in, and what does; nobody leaves but by joining another profile
    ("known_users", visits(0), [event("identify", START, anonymous_id="d", email=ADA)]),
    ("repeat_visitors", visits(0), visits(2)),
    ("from_email", visits(0), visits(0, context=Context(channel="email"))),
    ("from_paid", visits(0), visits(0, context=Context(channel="paid"))),
    ("from_social", visits(0), visits(0, context=Context(channel="social"))),
    ("mobile", visits(0), visits(0, context=Context(device="tablet"))),
)


@pytest.mark.parametrize(("slug", "before", "days", "after"), STORIES, ids=[story[0] for story in STORIES])
async def test_someone_enters_and_leaves(
    living: Living, slug: str, before: list[Event], days: int, after: list[Event]
) -> None:
    living.at = START + HOUR
    await living.take(*before)
    assert slug in await living.slugs()
    await living.wait(days * DAY)
    if after:
        await living.take(*after)
    assert slug not in await living.slugs()
    assert [row[1] for row in await living.told("d", slug)] == ["ENTERED", "EXITED"]


@pytest.mark.parametrize(("slug", "before", "after"), FOR_GOOD, ids=[story[0] for story in FOR_GOOD])
async def test_someone_enters_for_good(living: Living, slug: str, before: list[Event], after: list[Event]) -> None:
    living.at = START + HOUR
    await living.take(*before)
    assert slug not in await living.slugs()
    await living.take(*after)
    assert slug in await living.slugs()
    await living.wait(400 * DAY)
    assert slug in await living.slugs()


async def test_everyone_is_in_all(living: Living) -> None:
    await living.page()
    await living.wait(400 * DAY)
    assert "all" in await living.slugs()


def test_no_starter_is_left_out() -> None:
    told = {story[0] for story in (*STORIES, *FOR_GOOD)} | {"all"}
    assert told == {one.slug for one in STARTERS}


def test_no_two_starters_are_the_same() -> None:
    assert len({one.definition for one in STARTERS}) == len({one.slug for one in STARTERS}) == len(STARTERS)


async def test_starters_are_made_once(living: Living) -> None:
    await living.engine.audiences.delete(living.audience("dormant").id)
    await living.restart()
    assert living.engine.audiences.by_slug("dormant") is None
    assert len(living.engine.audiences.all()) == len(STARTERS) - 1
