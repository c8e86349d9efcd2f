"""500 audiences and 100,000 imported people: how fast they come in, what they weigh, how soon an event is answered."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

from benchmarks import audiences, people, processes
from benchmarks.api import Api
from benchmarks.collector import Bench
from benchmarks.report import Figure, Plan
from benchmarks.traffic import Traffic

RATE = 200


def run(plan: Plan) -> Iterator[Figure]:
    """Make the audiences, import the people past them, then post events."""
    processes.pin_client()
    database, log = plan.folder / "scale.db", plan.folder / "scale.log"
    total, count = plan.pick(100, 500), plan.pick(2_000, 100_000)
    declare(database, log, total)
    yield imported(database, plan, count, total)
    yield weight(database, count)
    with processes.rollcall(database) as server:
        yield from answers(Bench(server, Traffic(), plan.pick(2, 10)))


def declare(database: Path, log: Path, total: int) -> None:
    """Make the audiences on an almost empty database; a few visits make their fields known."""
    with processes.rollcall(database) as server:
        api = Api(server.address)
        for body in Traffic(seed=2, returning_count=50).first_visits():
            api.post("/v1/batch", body)
        audiences.ensure(api, total)


def imported(database: Path, plan: Plan, count: int, total: int) -> Figure:
    """Import people with every audience live."""
    lines = people.write(plan.folder / "people.jsonl", count)
    started = time.perf_counter()
    processes.run("import", database, str(lines))
    rate = count / (time.perf_counter() - started)
    return Figure(
        name=f"import of {count:,} people (2 events each), {total} audiences live", value=f"{rate:,.0f} people/s"
    )


def weight(database: Path, count: int) -> Figure:
    """Tell what they weigh on disk."""
    size = sum(file.stat().st_size for file in database.parent.glob(f"{database.name}*"))
    return Figure(name="then, size on disk", value=f"{size / 1e6:,.0f} MB ({size / count:,.0f} bytes a person)")


def answers(bench: Bench) -> Iterator[Figure]:
    """Post events of new and returning visitors; tell the latency and the memory."""
    for body in bench.traffic.first_visits():
        Api(bench.server.address).post("/v1/batch", body)
    report = bench.at_rate(RATE)
    p50, p99 = report.percentile(50), report.percentile(99)
    yield Figure(
        name=f"then, event → audiences at {RATE} events/s",
        value=f"p50 {p50:.1f} ms, p99 {p99:.1f} ms",
        target="p99 ≤ 25 ms",
        met=p99 <= 25,
    )
    yield Figure(name="then, memory of the server", value=f"{bench.server.memory / 1e6:,.0f} MB")
