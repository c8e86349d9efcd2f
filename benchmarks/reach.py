"""What audiences cost that an event cannot touch: 1,000 beside 10, of which a page view reaches only the same ten."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
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
    many, rounds = plan.pick(200, 1_000), plan.pick(1, 5)
    with prepared(plan, "few", 0) as few, prepared(plan, "many", many - TOUCHED) as crowd:
        pairs = [(few.full_speed(), crowd.full_speed()) for _ in range(rounds)]
    ratio = median(more.server_microseconds / less.server_microseconds for less, more in pairs)
    yield Figure(
        name=f"CPU for an event, {many:,} audiences, {TOUCHED} of them touched",
        value=f"{median(more.server_microseconds for _, more in pairs):,.0f} µs",
        baseline=f"{TOUCHED} audiences {median(less.server_microseconds for less, _ in pairs):,.0f} µs",
        ratio=ratio,
        target=f"≤ {TARGET:.0f} × the time of {TOUCHED}",
        met=ratio <= TARGET,
    )


@contextmanager
def prepared(plan: Plan, name: str, untouched: int) -> Iterator[Bench]:
    """Give a fresh server with its visitors and audiences; the first start's are taken away."""
    with processes.rollcall(plan.folder / f"{name}.db") as server:
        api, bench = Api(server.address), Bench(server, Traffic(returning_count=1_000), plan.pick(1, 2))
        for body in bench.traffic.first_visits():
            api.post("/v1/batch", body)
        for audience in api.audiences():
            api.delete_audience(audience["id"])
        for number, definition in enumerate(islice(audiences.definitions(), TOUCHED)):
            api.create_audience(f"Touched {number}", definition)
        for number in range(untouched):
            api.create_audience(f"Untouched {number}", f'plan = "other{number}"')
        api.wait_until_built()
        yield bench
