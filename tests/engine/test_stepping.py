"""Law 5 over random rules and lives: however the clock goes on, everyone enters and leaves at the same instants."""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from itertools import accumulate, takewhile
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.domain.audiences import Cause, Transition
from tests.engine.foretold import Turn, foretell
from tests.engine.living import Living, copied
from tests.engine.stories import IN_MONTHS, IN_SECONDS, SECOND, Stops, Story, stories, tell
from tests.server import Server, StartServer

patient = settings(deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
History = list[tuple[int, Turn]]


def at_once(begin: int, end: int) -> Iterable[int]:
    """Stop nowhere: what is due rings when it must."""
    return ()


def second_by_second(begin: int, end: int) -> Iterable[int]:
    """Stop at every second."""
    return range(begin + SECOND, end + 1, SECOND)


def unevenly(seed: int) -> Stops:
    """Stop now and then."""
    chance = Random(seed)

    def stops(begin: int, end: int) -> Iterable[int]:
        steps = iter(lambda: chance.randint(1, 1 + (end - begin) // 2), None)
        return takewhile(lambda at: at <= end, accumulate(steps, initial=begin + chance.randint(0, 1)))

    return stops


@asynccontextmanager
async def after(template: Path, story: Story, stops: Stops) -> AsyncIterator[Living]:
    """Let a story happen in a house of its own, and give it then."""
    with TemporaryDirectory() as folder:
        async with Living(copied(template, Path(folder)), story.begins_at) as living:
            await tell(living, story, stops)
            assert await living.differences() == []
            yield living


def _rows(connection: sqlite3.Connection) -> History:
    rows = connection.execute(
        "SELECT c.subject_id, c.at, a.slug, c.transition, c.cause FROM membership_changes AS c"
        " JOIN audiences AS a ON a.id = c.audience_id ORDER BY c.subject_id, c.id"
    )
    return [(subject, (at, slug, Transition(way), Cause(cause))) for subject, at, slug, way, cause in rows]


async def told(living: Living) -> History:
    """Give everyone's whole history, each one's in the order in which it was written."""
    return await living.house.read(_rows)


async def history(template: Path, story: Story, stops: Stops) -> History:
    """Let a story happen, and give everyone's whole history."""
    async with after(template, story, stops) as living:
        return await told(living)


@given(stories(IN_SECONDS, devices=3))
@settings(patient, max_examples=8)
async def test_jumping_gives_the_history_of_going_second_by_second(template: Path, story: Story) -> None:
    assert await history(template, story, at_once) == await history(template, story, second_by_second)


@given(stories(IN_SECONDS, devices=3) | stories(IN_MONTHS, devices=3), st.integers(0, 999))
@settings(patient, max_examples=20)
async def test_any_jumps_give_the_same_history(template: Path, story: Story, seed: int) -> None:
    assert await history(template, story, at_once) == await history(template, story, unevenly(seed))


@given(stories(IN_SECONDS, devices=2, people=()) | stories(IN_MONTHS, devices=2, people=()))
@settings(patient, max_examples=25)
async def test_the_history_is_what_asking_at_every_instant_foretells(template: Path, story: Story) -> None:
    async with after(template, story, at_once) as living:
        assert await told(living) == [
            (id, turn) for id, turns in enumerate(foretell(living, story), 1) for turn in turns
        ]


RULES = {
    "just_here": 'last_visit_at > "now-90m"',
    "this_month": 'last_visit_at > "now-1M"',
    "keen": 'DID "page" AT LEAST 2 TIMES IN LAST "36h"',
    "fading": "AND (score_momentum > 60, score_recency < 70)",
    "fond": "affinity.cycling >= 0.6",
    "silent": 'AND (NOT INCLUDE just_here, NOT DID "page" IN LAST "12d")',
}
CREATE = "mutation($input: CreateAudienceInput!) { createAudience(input: $input) { userErrors { message } } }"
HISTORY = """{ profile(by: {identity: {namespace: "anonymous_id", value: "d"}}) {
  membershipHistory(first: 100) { nodes { audience { slug } transition cause occurredAt } } } }"""


def turns_of(server: Server, visits: Iterable[datetime], jumps: Iterable[timedelta]) -> list[tuple[str, ...]]:
    """Let someone visit, let time pass by jumps over the wire, and give what time alone turned."""
    for slug, definition in RULES.items():
        draft = {"name": slug, "slug": slug, "definition": {"text": definition}}
        assert server.graphql(CREATE, input=draft)["createAudience"]["userErrors"] == []
    context = {"topics": {"cycling": 1}}
    pages = [{"type": "page", "anonymousId": "d", "timestamp": at.isoformat(), "context": context} for at in visits]
    assert server.post("/v1/batch", {"batch": pages})["accepted"] == len(pages)
    for jump in jumps:
        server.advance(int(jump.total_seconds()))
    nodes = server.graphql(HISTORY)["profile"]["membershipHistory"]["nodes"]
    told = [(one["occurredAt"], one["audience"]["slug"], one["transition"], one["cause"]) for one in nodes]
    return sorted(row for row in told if row[-1] == "TIME")


def test_over_the_wire_uneven_jumps_and_a_long_one_agree(start_server: StartServer) -> None:
    now = datetime.now(UTC).replace(microsecond=0)
    visits = [now - timedelta(minutes=minutes) for minutes in (3_000, 1_500, 10, 9)]
    uneven = [timedelta(days=days, seconds=seconds) for days, seconds in ((0, 1), (0, 5_000), (3, 7), (9, 0), (28, 0))]

    by_steps = turns_of(start_server("--simulated-clock"), visits, uneven)
    at_once = turns_of(start_server("--simulated-clock"), visits, [sum(uneven, timedelta())])

    assert by_steps == at_once
    assert {slug for _, slug, _, _ in at_once} >= RULES.keys()
