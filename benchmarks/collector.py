"""The collector against the durable floor: single events, batches of 20, and how soon an event gives its audiences."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from benchmarks import audiences, load, processes
from benchmarks.api import Api
from benchmarks.load import Report
from benchmarks.processes import Server
from benchmarks.report import Figure, Plan
from benchmarks.traffic import Traffic

AUDIENCES = 60
BATCH = 20
CLIENT_LIMIT = 0.95
AHEAD = 20_000


@dataclass(slots=True)
class Bench:
    """A prepared server, and how long to load it."""

    server: Server
    traffic: Traffic
    seconds: int

    def full_speed(self, count: int = 1) -> Report:
        """Load the server as fast as it goes with `count` events a request."""
        requests = self.traffic.requests(AHEAD * self.seconds // count, count)
        return checked(load.full_speed(self.server.address, requests, duration=self.seconds))

    def at_rate(self, rate: float) -> Report:
        """Load the server with single events at a fixed rate."""
        requests = self.traffic.requests(int(rate * (self.seconds + 1)))
        return checked(load.at_rate(self.server.address, requests, rate, duration=self.seconds))


def run(plan: Plan) -> Iterator[Figure]:
    """Compare, alternating between the two servers, and give the medians."""
    processes.pin_client()
    rounds, seconds = plan.pick(1, 3), plan.pick(2, 5)
    with processes.rollcall(plan.folder / "collector.db", log=plan.folder / "collector.log") as server:
        bench = Bench(server, Traffic(), seconds)
        prepare(Api(server.address), bench.traffic)
        pairs = [(floor(plan.folder / f"floor-{number}.db", seconds), bench.full_speed()) for number in range(rounds)]
        batches = bench.full_speed(BATCH)
        single = median(report.rate for _, report in pairs)
        baseline = median(report.rate for report, _ in pairs)
        yield from rates(single, batches.rate * BATCH, baseline)
        yield from latencies(bench.at_rate(single / 2), single / 2)


def prepare(api: Api, traffic: Traffic) -> None:
    """Make the returning visitors and the audiences known, and see that an answer tells the visitor's audiences."""
    for body in traffic.first_visits():
        api.post("/v1/batch", body)
    audiences.ensure(api, AUDIENCES)
    answer = api.post("/v1/batch", traffic.body())
    if answer["accepted"] != 1 or not answer["visitor"]["audiences"]:
        raise RuntimeError(f"the answer tells no audiences: {answer}")


def floor(database: Path, seconds: int) -> Report:
    """Measure the floor once, on a fresh database."""
    with processes.floor(database) as server:
        return Bench(server, Traffic(), seconds).full_speed()


def checked(report: Report) -> Report:
    """Refuse a run that measured refusals or the client instead of the server."""
    if set(report.statuses) != {200}:
        raise RuntimeError(f"not every answer was 200: {dict(report.statuses)}")
    if report.client_busy > CLIENT_LIMIT:
        raise RuntimeError(f"the client used {report.client_busy:.0%} of its core: it, not the server, was measured")
    return report


def rates(single: float, batched: float, baseline: float) -> Iterator[Figure]:
    """Tell events a second, single and in batches."""
    floor_rate = f"floor {baseline:,.0f}/s"
    ratio = single / baseline
    yield Figure(
        name=f"single events, durable, {AUDIENCES} audiences, one core",
        value=f"{single:,.0f} events/s",
        baseline=floor_rate,
        ratio=ratio,
        target="≥ 0.4 × floor",
        met=ratio >= 0.4,
    )
    yield Figure(
        name=f"batches of {BATCH}",
        value=f"{batched:,.0f} events/s",
        baseline=floor_rate,
        ratio=batched / baseline,
        target="≥ 1 × floor's single rate",
        met=batched >= baseline,
    )


def latencies(report: Report, rate: float) -> Iterator[Figure]:
    """Tell how long it takes from an event to its audiences at a steady rate."""
    p50, p99 = report.percentile(50), report.percentile(99)
    yield Figure(
        name=f"event → audiences at {rate:,.0f} events/s (half of full load)",
        value=f"p50 {p50:.1f} ms, p99 {p99:.1f} ms",
        target="p99 ≤ 25 ms",
        met=p99 <= 25,
    )
