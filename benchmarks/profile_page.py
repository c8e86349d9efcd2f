"""How long a page of a hundred profiles with their audiences takes over HTTP."""

from __future__ import annotations

import time
from collections.abc import Iterator
from statistics import median

from benchmarks import processes
from benchmarks.api import Api
from benchmarks.collector import prepare
from benchmarks.report import Figure, Plan
from benchmarks.traffic import Traffic

PAGE = "{ profiles(first: 100) { totalCount nodes { id known email lastSeenAt audienceSlugs } } }"
ONE = "{ __typename }"
TARGET = 15


def run(plan: Plan) -> Iterator[Figure]:
    """Ask for the page again and again, one at a time, as a tool does; beside it a question that reads nothing."""
    processes.pin_client()
    with processes.rollcall(plan.folder / "page.db") as server:
        api = Api(server.address)
        prepare(api, Traffic())
        if len(nodes := api.graphql(PAGE)["profiles"]["nodes"]) != 100 or not nodes[0]["audienceSlugs"]:
            raise RuntimeError(f"the page is not full: {len(nodes)} profiles")
        rounds = plan.pick(20, 200)
        page, least = (median(milliseconds(api, query) for _ in range(rounds)) for query in (PAGE, ONE))
    yield Figure(
        name="100 profiles with audiences over HTTP",
        value=f"{page:.1f} ms",
        baseline=f"`{ONE}` {least:.1f} ms",
        target=f"≤ {TARGET} ms",
        met=page <= TARGET,
    )


def milliseconds(api: Api, query: str) -> float:
    """Time one answer."""
    started = time.perf_counter()
    api.graphql(query)
    return (time.perf_counter() - started) * 1_000
