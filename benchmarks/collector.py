"""The collector against the durable floor: single events, batches of 20, and how soon an event gives its audiences."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
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
CLIENT_LIMIT = 0.8
AHEAD_FOR = 3
"""Seconds of requests that are made before the clock starts; one made under way costs the client more."""
FASTEST = 16_000
LATENCY_LIMIT = 25


@dataclass(slots=True)
class Bench:
    """A prepared server, and how long to load it."""

    server: Server
    traffic: Traffic
    seconds: int

    def full_speed(self, count: int = 1, fastest: int = FASTEST // 3) -> Report:
        """Load the server as fast as it goes with `count` events a request; `fastest` is the most to expect."""
        requests = self.traffic.requests(fastest * AHEAD_FOR // count, count)
        return checked(load.full_speed(self.server, requests, self.seconds))

    def at_rate(self, rate: float) -> Report:
        """Load the server with single events at a fixed rate."""
        requests = self.traffic.requests(int(rate * (self.seconds + 2)))
        return checked(load.at_rate(self.server, requests, rate, self.seconds))


def run(plan: Plan) -> Iterator[Figure]:
    """Compare, alternating between the two servers, and give the medians."""
    processes.pin_client()
    rounds, seconds = plan.pick(1, 7), plan.pick(1, 2)
    with processes.rollcall(plan.folder / "collector.db") as server:
        bench = Bench(server, Traffic(), seconds)
        prepare(Api(server.address), bench.traffic)
        floors, singles, batches = [], [], []
        for number in range(rounds):
            floors.append(floor(plan.folder / f"floor-{number}.db", seconds))
            singles.append(bench.full_speed())
            batches.append(bench.full_speed(BATCH))
        yield from rates(singles, batches, floors)
        rate = median(report.rate for report in singles) / 2
        yield latencies(Bench(server, bench.traffic, plan.pick(2, 8)).at_rate(rate), rate)


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
    with processes.floor(database.parent, database) as server:
        return Bench(server, Traffic(), seconds).full_speed(fastest=FASTEST)


def checked(report: Report) -> Report:
    """Refuse a run that measured refusals or the client instead of the server."""
    if set(report.statuses) != {200}:
        raise RuntimeError(f"not every answer was 200: {dict(report.statuses)}")
    if report.client_busy > CLIENT_LIMIT:
        raise RuntimeError(f"the client used {report.client_busy:.0%} of its core: it, not the server, was measured")
    return report


def rates(singles: Sequence[Report], batches: Sequence[Report], floors: Sequence[Report]) -> Iterator[Figure]:
    """Tell events a second, and the CPU time of the server for each, which a busy neighbour disturbs less."""
    name = f"single events, durable, {AUDIENCES} audiences, one core"
    yield from against(name, singles, 1, floors, 0.4)
    yield from against(f"events in batches of {BATCH}", batches, BATCH, floors, 1)


def against(
    name: str, reports: Sequence[Report], count: int, floors: Sequence[Report], target: float
) -> Iterator[Figure]:
    """Compare reports of `count` events an answer with the floor's: by the clock, then by CPU time."""
    rate = median(report.rate for report in reports) * count
    least = median(report.rate for report in floors)
    ratio = median(mine.rate * count / other.rate for mine, other in zip(reports, floors, strict=True))
    yield Figure(
        name=name,
        value=f"{rate:,.0f}/s",
        baseline=f"floor {least:,.0f}/s",
        ratio=ratio,
        target=f"≥ {target} × floor",
        met=ratio >= target,
    )
    spent = median(report.server_microseconds for report in reports) / count
    least = median(report.server_microseconds for report in floors)
    yield Figure(
        name="  CPU of the server for one",
        value=f"{spent:,.0f} µs",
        baseline=f"floor {least:,.0f} µs",
        ratio=least / spent,
        target=f"≥ {target} × floor",
        met=least / spent >= target,
    )


def beside(name: str, quiet: Report, meanwhile: Report, limit: float) -> Figure:
    """Tell how long events took while something else went on, beside how long they took before."""
    p50, p99 = meanwhile.percentile(50), meanwhile.percentile(99)
    return Figure(
        name=name,
        value=f"p50 {p50:.1f}, p99 {p99:.1f} ms",
        baseline=f"before p50 {quiet.percentile(50):.1f}, p99 {quiet.percentile(99):.1f} ms",
        ratio=p99 / quiet.percentile(99),
        target=f"p99 ≤ {limit} ms",
        met=p99 <= limit,
    )


def latencies(report: Report, rate: float) -> Figure:
    """Tell how long it takes from an event to its audiences at a steady rate."""
    p50, p95, p99 = (report.percentile(percent) for percent in (50, 95, 99))
    return Figure(
        name=f"event → audiences at {rate:,.0f}/s (half of full load)",
        value=f"p50 {p50:.1f}, p95 {p95:.1f}, p99 {p99:.1f} ms",
        target=f"p99 ≤ {LATENCY_LIMIT} ms",
        met=p99 <= LATENCY_LIMIT,
    )
