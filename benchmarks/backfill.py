"""How fast a new audience is filled from the profiles that are already there."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace

from benchmarks import people, processes
from benchmarks.api import Api
from benchmarks.audiences import THREE_TESTS
from benchmarks.report import Figure, Plan
from benchmarks.scale import timed


def run(plan: Plan) -> Iterator[Figure]:
    """Import people, make an audience, and wait until it is active."""
    processes.pin_client()
    database, count = plan.folder / "backfill.db", plan.pick(2_000, 20_000)
    processes.run("import", database, str(people.write(plan.folder / "people.jsonl", count)))
    with processes.rollcall(database) as server:
        api = Api(server.address)
        api.wait_until_built()
        started = time.perf_counter()
        api.create_audience("Backfilled", THREE_TESTS)
        api.wait_until_built()
        seconds = time.perf_counter() - started
        preview = timed(f"preview of three tests over {count:,} profiles", [lambda: api.preview(THREE_TESTS)] * 5)
    yield Figure(name=f"backfill of a new audience over {count:,} profiles", value=f"{count / seconds:,.0f} profiles/s")
    yield replace(preview, name=preview.name.strip())
