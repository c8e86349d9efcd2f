"""How often a second one core answers `me { known audienceSlugs }` over HTTP."""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import cycle
from statistics import median

from benchmarks import load, processes
from benchmarks.api import Api
from benchmarks.collector import checked, prepare
from benchmarks.load import Report
from benchmarks.processes import Server
from benchmarks.report import Figure, Plan
from benchmarks.traffic import Device, Traffic, request

QUESTION = json.dumps({"query": "{ me { known audienceSlugs } }"}).encode()
TARGET = 2_000


def run(plan: Plan) -> Iterator[Figure]:
    """Ask on behalf of many visitors in turn, 128 connections, against uvicorn answering without looking."""
    processes.pin_client()
    rounds, seconds, traffic = plan.pick(1, 3), plan.pick(1, 3), Traffic()
    with processes.rollcall(plan.folder / "me.db") as server, processes.floor(plan.folder, None) as trivial:
        prepare(Api(server.address), traffic)
        ask(Api(server.address), traffic.returning[0])
        pairs = [(answers(server, traffic, seconds), answers(trivial, traffic, seconds)) for _ in range(rounds)]
    rate = median(mine.rate for mine, _ in pairs)
    spent = median(mine.server_microseconds for mine, _ in pairs)
    yield Figure(
        name="me { known audienceSlugs } over HTTP, one core",
        value=f"{rate:,.0f}/s",
        baseline=f"uvicorn alone {median(least.rate for _, least in pairs):,.0f}/s",
        ratio=median(mine.rate / least.rate for mine, least in pairs),
        target=f"≥ {TARGET:,}/s",
        met=rate >= TARGET,
    )
    yield Figure(
        name="  CPU of the server for one",
        value=f"{spent:,.0f} µs",
        baseline=f"uvicorn {median(least.server_microseconds for _, least in pairs):,.0f} µs",
        target=f"≤ {1e6 / TARGET:,.0f} µs",
        met=spent <= 1e6 / TARGET,
    )


def answers(server: Server, traffic: Traffic, seconds: int) -> Report:
    """Count answers for a while."""
    return checked(load.full_speed(server, cycle(map(question, traffic.returning)), seconds))


def question(visitor: Device) -> bytes:
    """Give the request of one visitor."""
    extra = f"Authorization: Visitor {visitor.secret}\r\n"
    return request(QUESTION, path="/graphql", content_type="application/json", extra=extra)


def ask(api: Api, visitor: Device) -> None:
    """See that the question is really answered before counting answers."""
    headers = {"Authorization": f"Visitor {visitor.secret}", "Content-Type": "application/json"}
    answer = api.post("/graphql", QUESTION, **headers)
    if not answer["data"]["me"]["audienceSlugs"]:
        raise RuntimeError(f"me has no audiences: {answer}")
