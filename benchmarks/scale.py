"""500 audiences and 100,000 imported people: how fast they come in, what they weigh, how soon everything answers."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from statistics import median

from benchmarks import audiences, people, processes
from benchmarks.api import Api
from benchmarks.audiences import THREE_TESTS
from benchmarks.collector import LATENCY_LIMIT, Bench
from benchmarks.report import Figure, Plan
from benchmarks.traffic import Traffic

RATE = 200
ASKED = 30
PROFILE = """query($email: String!) {
  profile(by: {email: $email}) { known scores { name value } audienceSlugs events(first: 10) { nodes { type } } }
}"""


def run(plan: Plan) -> Iterator[Figure]:
    """Make the audiences, import the people past them, then ask."""
    processes.pin_client()
    database, total, count = plan.folder / "scale.db", plan.pick(100, 500), plan.pick(2_000, 100_000)
    declare(database, total)
    yield imported(database, plan, count, total)
    yield weight(database, count)
    yield from served(database, plan, count)


def declare(database: Path, total: int) -> None:
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
    return Figure(name="  size on disk", value=f"{size / 1e6:,.0f} MB ({size / count:,.0f} bytes a person)")


def served(database: Path, plan: Plan, count: int) -> Iterator[Figure]:
    """Start the server on it and ask everything."""
    started = time.perf_counter()
    with processes.rollcall(database) as server:
        yield Figure(name="  restart, until it listens", value=f"{time.perf_counter() - started:.1f} s")
        api, bench = Api(server.address), Bench(server, Traffic(), plan.pick(2, 10))
        yield from questions(api, count)
        yield answers(bench)
        yield backfilled(api, count)
        yield Figure(name="  memory of the server then", value=f"{server.memory / 1e6:,.0f} MB")


def questions(api: Api, count: int) -> Iterator[Figure]:
    """Ask GraphQL, one question after the other."""
    emails = [f"imported{number * count // ASKED}@example.com" for number in range(ASKED)]
    yield timed("GraphQL profile by e-mail, with audiences and events", [asks(api, email) for email in emails])
    yield timed("GraphQL list of all audiences", [api.audiences] * 5)
    found: list[dict[str, object]] = []
    figure = timed("preview of three tests", [lambda: found.append(api.preview(THREE_TESTS))] * 5)
    sizes = "estimated" if found[-1]["estimated"] else "exact"
    yield Figure(name=f"{figure.name} ({sizes})", value=figure.value, target="≤ 1 s")


def asks(api: Api, email: str) -> Callable[[], object]:
    """Ask for one person's profile."""
    return lambda: api.graphql(PROFILE, email=email)


def timed(name: str, calls: list[Callable[[], object]]) -> Figure:
    """Time calls, one after the other."""
    spent = []
    for call in calls:
        started = time.perf_counter()
        call()
        spent.append((time.perf_counter() - started) * 1000)
    return Figure(name=f"  {name}", value=f"median {median(spent):,.1f}, most {max(spent):,.1f} ms")


def answers(bench: Bench) -> Figure:
    """Post events of new and returning visitors and tell the latency."""
    for body in bench.traffic.first_visits():
        Api(bench.server.address).post("/v1/batch", body)
    report = bench.at_rate(RATE)
    p50, p99 = report.percentile(50), report.percentile(99)
    return Figure(
        name=f"  event → audiences at {RATE} events/s",
        value=f"p50 {p50:.1f} ms, p99 {p99:.1f} ms",
        target=f"p99 ≤ {LATENCY_LIMIT} ms",
        met=p99 <= LATENCY_LIMIT,
    )


def backfilled(api: Api, count: int) -> Figure:
    """Make an audience and wait until everyone has met its rules."""
    started = time.perf_counter()
    api.create_audience("Backfilled", THREE_TESTS)
    api.wait_until_built()
    seconds = time.perf_counter() - started
    return Figure(name="  backfill of a new audience", value=f"{count / seconds:,.0f} profiles/s ({seconds:.0f} s)")
