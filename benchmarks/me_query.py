"""How often a second one core answers `me { known audienceSlugs }` over HTTP."""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import cycle

from benchmarks import load, processes
from benchmarks.api import Api
from benchmarks.collector import checked, prepare
from benchmarks.report import Figure, Plan
from benchmarks.traffic import Device, Traffic, request

QUESTION = json.dumps({"query": "{ me { known audienceSlugs } }"}).encode()
TARGET = 2_000


def run(plan: Plan) -> Iterator[Figure]:
    """Ask on behalf of many visitors in turn, 128 connections, against uvicorn answering without looking."""
    processes.pin_client()
    seconds, traffic = plan.pick(2, 5), Traffic()
    with processes.rollcall(plan.folder / "me.db", log=plan.folder / "me.log") as server:
        prepare(Api(server.address), traffic)
        ask(Api(server.address), traffic.returning[0])
        report = checked(load.full_speed(server.address, cycle(map(question, traffic.returning)), duration=seconds))
    with processes.floor(None) as trivial:
        nothing = load.full_speed(trivial.address, cycle(map(question, traffic.returning)), duration=seconds)
    yield Figure(
        name="me { known audienceSlugs } over HTTP, one core",
        value=f"{report.rate:,.0f}/s",
        baseline=f"uvicorn alone {nothing.rate:,.0f}/s",
        ratio=report.rate / nothing.rate,
        target=f"≥ {TARGET:,}/s",
        met=report.rate >= TARGET,
    )


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
