"""What audiences cost that an event cannot touch: 1,000 beside 10, of which a page view reaches only the same ten."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from statistics import median

from benchmarks import audiences, processes
from benchmarks.api import Api
from benchmarks.collector import Bench
from benchmarks.report import Figure, Plan
from benchmarks.traffic import Traffic

TOUCHED = 10
TARGET = 3.0


def run(plan: Plan) -> Iterator[Figure]:
    """Measure single events at full speed with few audiences, then with many more on a trait no page view changes."""
    processes.pin_client()
    many = plan.pick(200, 1_000)
    few_rate = rate(plan, "few", 0)
    many_rate = rate(plan, "many", many - TOUCHED)
    yield Figure(
        name=f"time of an event, {many:,} audiences, {TOUCHED} of them touched",
        value=f"{1e6 / many_rate:,.0f} µs",
        baseline=f"{TOUCHED} audiences {1e6 / few_rate:,.0f} µs",
        ratio=few_rate / many_rate,
        target=f"≤ {TARGET:.0f} × the time of {TOUCHED}",
        met=few_rate / many_rate <= TARGET,
    )


def rate(plan: Plan, name: str, untouched: int) -> float:
    """Give events a second on a fresh server; the first start's audiences are there in both."""
    with processes.rollcall(plan.folder / f"{name}.db", log=plan.folder / f"{name}.log") as server:
        api, bench = Api(server.address), Bench(server, Traffic(returning_count=1_000), plan.pick(2, 4))
        for body in bench.traffic.first_visits():
            api.post("/v1/batch", body)
        for number, definition in enumerate(islice(audiences.definitions(), TOUCHED)):
            api.create_audience(f"Touched {number}", definition)
        for number in range(untouched):
            api.create_audience(f"Untouched {number}", f'plan = "other{number}"')
        api.wait_until_built()
        return median(bench.full_speed().rate for _ in range(plan.pick(1, 3)))
