"""DID in live audiences: counted from events as they come and from the log, exact as windows move, in any order."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from itertools import count
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.assembly import Parts, open_parts
from engine.domain.audiences import AudienceDraft, State
from engine.domain.events import Context, Event
from engine.language.checker import check
from engine.language.occurrences import compile_matches
from engine.language.operators.did import holds
from engine.language.parser import parse
from engine.ports import AudienceChanges, ProfileBy, Submission, Window
from engine.runtime.rebuild import differences
from engine.settings import Settings
from engine.values import parse_time
from tests.language.people import Words

DAY = 86_400_000
DEVICE = "a-device"
RULES = (
    'DID "Order"',
    'DID NOT "Order" IN LAST "7d"',
    'DID "Order" AT LEAST 2 TIMES IN LAST "10d"',
    'DID "Order" EXACTLY 2 TIMES IN LAST "10d"',
    'DID "Order" AT MOST 1 TIME WHERE total > 20',
    'DID "Order" AT LEAST 2 TIMES WHERE total > 20',
    'DID "page" IN LAST "3d" WHERE path LIKE "/pricing*"',
    'AND (DID "page", NOT DID "Order" IN LAST "2d")',
)


@asynccontextmanager
async def opened(folder: Path, zone: str = "UTC") -> AsyncIterator[Parts]:
    settings_ = Settings(database=f"sqlite:///{folder}/rollcall.db", simulated_clock=True, time_zone=zone)
    async with open_parts(settings_) as parts:
        yield parts


async def work_through(parts: Parts) -> None:
    """Let background work do all that it has to do."""
    while await parts.backfills.run_once() + await parts.alarms.run_once():
        pass


def order(at: int, total: float = 10.0, number: int = 0, device: str = DEVICE) -> Event:
    return did("Order", at, number, device, properties={"total": total})


def page(at: int, path: str = "/", number: int = 0) -> Event:
    return did("page", at, number, DEVICE, context=Context(path=path))


def did(name: str, at: int, number: int, device: str, **given: object) -> Event:
    return Event(
        source="w",
        message_id=f"{name}-{at}-{number}",
        type="track" if name == "Order" else name,
        name=name,
        occurred_at=at,
        received_at=at,
        anonymous_id=device,
        **given,  # type: ignore[arg-type]
    )


async def take(parts: Parts, *events: Event) -> None:
    await parts.engine.ingest.ingest([Submission(events)])


async def make(parts: Parts, rules: str, slug: str = "asked") -> None:
    await parts.engine.audiences.create(AudienceDraft(name=slug, slug=slug, definition=rules))
    await work_through(parts)


async def slugs(parts: Parts, device: str = DEVICE) -> set[str]:
    profile = await parts.engine.profiles.find(ProfileBy(identity=("anonymous_id", device)))
    return set() if profile is None else {one.audience.slug for one in profile.audiences}


async def same_as_recomputed(parts: Parts) -> None:
    await parts.house.write(parts.house.refresh_audiences)
    registry = parts.house.registry
    assert await parts.house.read(lambda connection: list(differences(connection, registry))) == []


async def test_an_event_makes_a_member_in_the_same_batch(tmp_path: Path) -> None:
    async with opened(tmp_path) as parts:
        await make(parts, 'DID "Order" WHERE total > 20')

        await take(parts, order(parts.engine.clock.now(), 10))
        before = await slugs(parts)
        await take(parts, order(parts.engine.clock.now(), 30, 1))

        assert ("asked" in before, "asked" in await slugs(parts)) == (False, True)


async def test_an_audience_made_later_counts_from_the_log(tmp_path: Path) -> None:
    async with opened(tmp_path) as parts:
        now = parts.engine.clock.now()
        await take(parts, *(order(now - n * DAY, number=n) for n in range(5)))

        await make(parts, 'DID "Order" EXACTLY 3 TIMES IN LAST "3d"')

        assert "asked" in await slugs(parts)
        await same_as_recomputed(parts)


async def test_an_event_between_making_and_backfilling_finds_all_counted(tmp_path: Path) -> None:
    async with opened(tmp_path) as parts:
        now = parts.engine.clock.now()
        await take(parts, order(now - DAY), order(now - 2 * DAY))
        draft = AudienceDraft(name="x", slug="asked", definition='DID "Order" AT LEAST 3 TIMES')
        await parts.engine.audiences.create(draft)

        await take(parts, order(now, number=3))

        assert parts.engine.audiences.by_slug("asked").state is State.BUILDING  # type: ignore[union-attr]
        assert "asked" in await slugs(parts)


async def test_it_leaves_at_the_very_millisecond_and_by_time(tmp_path: Path) -> None:
    async with opened(tmp_path) as parts:
        await make(parts, 'DID "Order" IN LAST "30d"')
        at = parts.engine.clock.now()
        await take(parts, order(at))
        assert parts.engine.simulation is not None

        await parts.engine.simulation.advance(31 * 86_400)

        profile = await parts.engine.profiles.find(ProfileBy(identity=("anonymous_id", DEVICE)))
        assert profile is not None
        history = await parts.engine.profiles.history(profile.id, Window(first=50))
        told = [(one.transition, one.cause, one.occurred_at) for one in history.items if one.audience_slug == "asked"]
        assert told == [("EXITED", "TIME", at + 30 * DAY), ("ENTERED", "EVENT", told[1][2])]


async def test_an_edit_counts_anew_and_forgets_what_nobody_asks(tmp_path: Path) -> None:
    async with opened(tmp_path) as parts:
        now = parts.engine.clock.now()
        await take(parts, order(now - DAY, 30), page(now, "/pricing"))
        await make(parts, 'DID "Order"')
        asked = parts.engine.audiences.by_slug("asked")
        assert asked is not None

        changes = AudienceChanges(given=frozenset({"definition"}), definition='DID "page" AT LEAST 2 TIMES')
        await parts.engine.audiences.update(asked.id, changes)
        await work_through(parts)

        assert "asked" not in await slugs(parts)
        assert list(parts.house.registry.leaves.by_event) == ["page"]
        await same_as_recomputed(parts)


async def test_only_audiences_that_ask_about_the_event_are_asked(tmp_path: Path) -> None:
    async with opened(tmp_path) as parts:
        await make(parts, 'DID "Order"', "orders")
        await make(parts, 'DID "Sign up"', "sign_ups")

        touched = {live.audience.slug for live in parts.house.registry.touched(frozenset({"did Order"}))}

        assert touched == {"orders"}


async def test_properties_have_the_type_that_they_were_seen_with(tmp_path: Path) -> None:
    async with opened(tmp_path) as parts:
        now = parts.engine.clock.now()
        await take(parts, order(now), did("Order", now, 1, DEVICE, properties={"code": "10"}))

        seen = await parts.engine.audiences.preview('DID "Order" WHERE total CONTAINS "1"')
        typed = await parts.engine.audiences.preview("DID 'Order' WHERE code = \"10\"")

        assert [problem.code for problem in seen.problems] == ["wrong_operator"]
        assert (typed.problems, typed.size) == ((), 1)


async def test_types_of_properties_are_fixed_when_saved(tmp_path: Path) -> None:
    async with opened(tmp_path) as parts:
        now = parts.engine.clock.now()
        await take(parts, did("Order", now, 1, DEVICE, properties={"code": 10}))
        await make(parts, 'DID "Order" WHERE code > 5')
        await take(parts, did("Order", now, 2, DEVICE, properties={"code": "ten"}))

        await parts.house.write(parts.house.refresh)

        assert "asked" in await slugs(parts)
        await same_as_recomputed(parts)


@pytest.mark.parametrize(
    "other", ['DID "Order" IN LAST "7d"', 'DID "Order" WHERE total > 20', 'DID "Order" BETWEEN "2026-01-01" AND "now"']
)
async def test_leaves_that_differ_share_nothing_and_equal_ones_all(tmp_path: Path, other: str) -> None:
    other = other.replace('"now"', '"2030-01-01"')
    async with opened(tmp_path) as parts:
        for slug, rules in (("one", 'DID "Order"'), ("same", "did 'Order' at least 1 time"), ("other", other)):
            await make(parts, rules, slug)

        assert len(parts.house.registry.leaves.numbers) == 2


async def test_an_explanation_shows_when_it_was_done(tmp_path: Path) -> None:
    async with opened(tmp_path) as parts:
        await make(parts, 'DID "Order" IN LAST "30d"')
        at = parts.engine.clock.now()
        await take(parts, order(at))
        profile = await parts.engine.profiles.find(ProfileBy(identity=("anonymous_id", DEVICE)))
        assert profile is not None

        told = await parts.engine.profiles.explain(profile.id, "asked")

        assert (told.matched, told.next_change_at) == (True, at + 30 * DAY)
        assert (told.steps[0].actual or "").startswith("1 time, last at ")


@pytest.mark.parametrize("rules", RULES)
async def test_a_preview_counts_what_membership_would(tmp_path: Path, rules: str) -> None:
    async with opened(tmp_path) as parts:
        now = parts.engine.clock.now()
        for number in range(12):
            chance = Random(f"{rules}{number}")
            events = [
                order(now - chance.randrange(20) * DAY, chance.choice([10, 30]), turn, f"d{number}")
                for turn in range(chance.randrange(4))
            ]
            await take(parts, *events, did("page", now, 0, f"d{number}", context=Context(path="/pricing/x")))

        shown = await parts.engine.audiences.preview(rules)
        await make(parts, rules)

        made = parts.engine.audiences.by_slug("asked")
        assert made is not None
        assert (shown.problems, shown.size) == ((), made.size)


def expected(rules: str, events: Iterable[Event], now: int) -> bool:
    """Decide a single DID in the plainest way: over all that ever happened."""
    (leaf,) = check(parse(rules), Words()).leaves
    matches = compile_matches(leaf)
    once = {(one.source, one.message_id): one for one in events}.values()
    instants = [
        one.occurred_at
        for one in once
        if matches(one.name, one.occurred_at, {"path": one.context.path, **one.properties})
    ]
    verdict = holds(leaf)(sorted(instants, reverse=True), now)
    return not verdict if rules.startswith("DID NOT") and "AT" not in rules else verdict


SINGLE = st.sampled_from([rules for rules in RULES if not rules.startswith(("AND", "DID NOT"))])
STEPS = st.lists(
    st.tuples(st.integers(0, 20), st.sampled_from(["order", "costly", "page", "pricing"]), st.integers(0, 12)),
    min_size=1,
    max_size=10,
)
NUMBERS = count()


@given(SINGLE, STEPS, st.randoms(use_true_random=False), st.booleans(), st.integers(0, 15))
@settings(max_examples=30, deadline=None)
async def test_any_order_and_repetition_gives_what_counting_everything_gives(
    rules: str, steps: list[tuple[int, str, int]], chance: Random, first: bool, days: int
) -> None:
    with TemporaryDirectory() as folder:
        async with opened(Path(folder)) as parts:
            now = parts.engine.clock.now()
            events = [_event(now, *step) for step in steps]
            if first:
                await make(parts, rules)
            told = events + chance.choices(events, k=3)
            chance.shuffle(told)
            for one in told:
                await take(parts, one)
            if not first:
                await make(parts, rules)
            assert parts.engine.simulation is not None
            now = await parts.engine.simulation.advance(1 + days * 86_400)

            assert ("asked" in await slugs(parts)) == expected(rules, events, now)
            await same_as_recomputed(parts)


def _event(now: int, days: int, kind: str, number: int) -> Event:
    at = now - days * DAY
    number = 2 * number + (kind in ("costly", "pricing"))  # one message id never names two different events
    if kind in ("order", "costly"):
        return order(at, 30 if kind == "costly" else 10, number)
    return page(at, "/pricing/x" if kind == "pricing" else "/", number)


async def test_another_time_zone_builds_anew_what_asks_about_local_hours(tmp_path: Path) -> None:
    noon = parse_time("2026-03-02T12:00:00Z")
    assert noon is not None
    async with opened(tmp_path) as parts:
        await take(parts, order(int(noon)))
        await make(parts, 'DID "Order" WHERE local_hour = 13')
        before = await slugs(parts)

    async with opened(tmp_path, "Europe/Berlin") as parts:
        await work_through(parts)
        after = await slugs(parts)
        await same_as_recomputed(parts)

    assert ("asked" in before, "asked" in after) == (False, True)
