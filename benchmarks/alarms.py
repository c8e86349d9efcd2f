"""100,000 alarms due within one second: how soon all have rung, and what the collector's visitors notice of it."""

from __future__ import annotations

import asyncio
import json
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from benchmarks import audiences, load, processes
from benchmarks.api import Api
from benchmarks.collector import Bench, beside, checked
from benchmarks.load import Report
from benchmarks.processes import SECRET_KEY
from benchmarks.report import Figure, Plan
from benchmarks.traffic import Traffic
from engine.assembly import Parts, open_parts
from engine.domain.audiences import AudienceDraft
from engine.domain.events import Context, Event
from engine.ports import Submission
from engine.settings import Settings

AUDIENCES = 60
RATE = 100
"""Events a second that come in before and meanwhile."""
STAYS_FOR = 30
"""Seconds until whoever was here just now no longer was."""
AHEAD = 3_600_000
"""Milliseconds from now to the crowd's visit: it is made meanwhile, and then the server's clock jumps there."""
AT_ONCE = 1_000
LOOK_EVERY = 0.02
DRAINED_WITHIN, LATENCY_LIMIT = 60, 50


@dataclass(frozen=True, slots=True)
class Crowd:
    """Many visitors who all came within one second, and so all leave an audience within one."""

    database: Path
    count: int
    came_at: int

    @property
    def leaves_at(self) -> int:
        """When the first of them does."""
        return self.came_at + STAYS_FOR * 1000

    def visits(self, first: int) -> tuple[Event, ...]:
        """Give the page views of the next thousand."""
        return tuple(self._visit(number) for number in range(first, min(first + AT_ONCE, self.count)))

    def _visit(self, number: int) -> Event:
        context = Context(path=f"/{number % 50}", channel="direct", device="desktop", topics={"cycling": 1.0})
        return Event(
            source="crowd",
            message_id=str(number),
            type="page",
            name="page",
            occurred_at=self.came_at + number * 1000 // self.count,
            received_at=self.came_at + 1000,
            anonymous_id=f"crowd-{number}",
            context=context,
        )

    def wait(self) -> None:
        """Wait until none of them has still to leave; the server is not asked."""
        query = "SELECT EXISTS (SELECT 1 FROM subjects WHERE due_at < ?)"
        with closing(sqlite3.connect(self.database)) as connection:
            while connection.execute(query, (self.leaves_at + 1000,)).fetchone() != (0,):
                time.sleep(LOOK_EVERY)

    def left(self) -> int:
        """Count those who left at their own instant."""
        query = "SELECT count(*) FROM membership_changes WHERE cause = 'TIME' AND at >= ? AND at < ?"
        with closing(sqlite3.connect(self.database)) as connection:
            return int(connection.execute(query, (self.leaves_at, self.leaves_at + 1000)).fetchone()[0])


def run(plan: Plan) -> Iterator[Figure]:
    """Make the crowd, let its time come under a steady load, and compare with the same load before."""
    processes.pin_client()
    crowd = Crowd(plan.folder / "alarms.db", plan.pick(2_000, 100_000), int(time.time() * 1000) + AHEAD)
    asyncio.run(gather(crowd))
    words = processes.command("serve", crowd.database, "--port", "0", "--simulated-clock")
    with processes.running(words, plan.folder / "alarms.log", processes.SERVER_CORE) as server:
        bench = Bench(server, Traffic(returning_count=1_000), plan.pick(2, 10))
        for body in bench.traffic.first_visits():
            Api(server.address).post("/v1/batch", body)
        due_at = jump(Api(server.address), crowd, bench.seconds + 8)
        quiet = bench.at_rate(RATE)
        meanwhile = drained(bench, crowd, due_at)
    if crowd.left() != crowd.count:
        raise RuntimeError(f"{crowd.count:,} should have left at their own instants, and {crowd.left():,} did")
    yield from figures(crowd, quiet, meanwhile)


async def gather(crowd: Crowd) -> None:
    """Make the audiences and then the crowd, through the engine in this process, whose clock stands at the visit."""
    settings = Settings(database=f"sqlite:///{crowd.database}", simulated_clock=True)
    async with open_parts(settings, lambda: crowd.came_at + 1000) as parts:
        await declare(parts)
        for first in range(0, crowd.count, AT_ONCE):
            await parts.engine.ingest.ingest([Submission(crowd.visits(first))])


async def declare(parts: Parts) -> None:
    """Make audiences as people do, and one that everyone leaves soon; somebody makes an attribute of theirs known."""
    at = parts.engine.clock.now()
    said = Event(
        source="crowd",
        message_id="plan",
        type="identify",
        name="identify",
        occurred_at=at,
        received_at=at,
        anonymous_id="first",
        traits={"plan": "plan1"},
    )
    await parts.engine.ingest.ingest([Submission((said,))])
    missing = AUDIENCES - 1 - len(parts.house.registry.order)
    for number, definition in enumerate(islice(audiences.definitions(), missing)):
        await parts.engine.audiences.create(AudienceDraft(name=f"Benchmark {number}", definition=definition))
    here = f'last_visit_at > "now-{STAYS_FOR}s"'
    await parts.engine.audiences.create(AudienceDraft(name="Here just now", definition=here))
    while await parts.backfills.run_once():
        pass


def jump(api: Api, crowd: Crowd, before: int) -> float:
    """Move the server's clock to some seconds before the crowd leaves; gives when that is by the wall clock."""
    seconds = int(crowd.leaves_at / 1000 - before - time.time())
    body = json.dumps({"seconds": seconds}).encode()
    api.post("/v1/simulation/advance", body, Authorization=f"Bearer {SECRET_KEY}")
    return crowd.leaves_at / 1000 - seconds


def drained(bench: Bench, crowd: Crowd, due_at: float) -> Report:
    """Measure from the first alarm's instant until the last one has rung."""
    requests = bench.traffic.requests(RATE * bench.seconds)
    rung = asyncio.to_thread(crowd.wait)
    return checked(load.while_it_lasts(bench.server, requests, RATE, rung, due_at - time.time()))


def figures(crowd: Crowd, quiet: Report, meanwhile: Report) -> Iterator[Figure]:
    """Tell how long it took, and what it did to the latency of events."""
    yield Figure(
        name=f"{crowd.count:,} alarms due within one second, {AUDIENCES} audiences, one core",
        value=f"{meanwhile.seconds:.1f} s",
        target=f"≤ {DRAINED_WITHIN} s",
        met=meanwhile.seconds <= DRAINED_WITHIN,
    )
    events = quiet.server_microseconds * len(meanwhile.latencies)
    yield Figure(
        name="  CPU of the server for one",
        value=f"{(meanwhile.server_seconds * 1e6 - events) / crowd.count:,.0f} µs",
    )
    yield beside(f"  event → audiences at {RATE}/s meanwhile", quiet, meanwhile, LATENCY_LIMIT)
