"""A million profiles and rules that nobody has saved: how soon it is known how many match, and what it costs others."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from pathlib import Path
from statistics import median

from benchmarks import crowd, load, processes
from benchmarks.api import Api
from benchmarks.audiences import THREE_TESTS
from benchmarks.collector import Bench, beside, checked
from benchmarks.load import Report
from benchmarks.report import Figure, Plan
from benchmarks.traffic import Traffic
from engine.assembly import Parts, open_parts
from engine.runtime.registry import checked as definition
from engine.runtime.survey import Survey
from engine.settings import Settings

RULES = (
    THREE_TESTS.replace("utm_sources", "channels").replace("newsletter", "email"),
    'plan = "pro" AND last_visit_at > "now-7d"',
    'email LIKE "*@acme.example" AND age BETWEEN 20 AND 40',
    "affinity.cycling > 0.2 AND score_propensity > 40",
    'DID "page" AT LEAST 3 TIMES IN LAST "30d" AND NOT DID "purchase" IN LAST "10d"',
    "INCLUDE known_users AND NOT INCLUDE visited_within_week",
)
RATE = 100
TARGET = 1_000
LATENCY_LIMIT = 25


def run(plan: Plan) -> Iterator[Figure]:
    """Make the million, then ask a server about it, quietly and under a steady load of events."""
    processes.pin_client()
    database = plan.folder / "previews.db"
    each = asyncio.run(prepare(database))
    count = crowd.copy(database, plan.pick(3, 245))
    with processes.rollcall(database) as server:
        bench = Bench(server, Traffic(returning_count=1_000), plan.pick(2, 10))
        api = Api(server.address)
        for body in bench.traffic.first_visits():
            api.post("/v1/batch", body)
        yield from times(api, count, each)
        yield from held_up(bench, api)


async def prepare(database: Path) -> float:
    """Make the first block; gives the milliseconds that one preview takes for each profile that is asked itself."""
    async with open_parts(Settings(database=f"sqlite:///{database}")) as parts:
        count = await crowd.live(parts)
        while await parts.backfills.run_once():
            pass
        started = time.perf_counter()
        for rules in RULES:
            await ask_one_by_one(parts, rules)
        each = (time.perf_counter() - started) * 1000 / len(RULES)
        while await parts.columns.run_once():
            pass
    return each / count


async def ask_one_by_one(parts: Parts, text: str) -> None:
    """Count whom rules match before there are columns, however long it takes."""
    house = parts.house
    rules = definition(text, house.words(), house.registry)
    survey = Survey(house, rules, [rules.root], frozenset())
    await house.read(lambda connection: survey.run(connection, house.clock.now() + 600_000, 0))


def times(api: Api, count: int, each: float) -> Iterator[Figure]:
    """Time each definition three times; tells too how many answers were estimates, as time was up."""
    asked = [_time(api, rules) for rules in RULES for _ in range(3)]
    spent = [milliseconds for milliseconds, _ in asked]
    estimates = sum(estimated for _, estimated in asked)
    by_rules = [median(spent[at : at + 3]) for at in range(0, len(spent), 3)]
    one_by_one = each * count
    yield Figure(
        name=f"preview over {count:,} profiles, {len(RULES)} definitions",
        value=f"median {median(by_rules):,.0f}, most {max(spent):,.0f} ms, {estimates} of {len(asked)} estimated",
        baseline=f"asked one by one {one_by_one / 1000:,.0f} s",
        ratio=one_by_one / median(by_rules),
        target=f"≤ {TARGET:,} ms",
        met=max(spent) <= TARGET and not estimates,
    )


def _time(api: Api, rules: str) -> tuple[float, bool]:
    started = time.perf_counter()
    estimated = bool(api.preview(rules)["estimated"])
    return (time.perf_counter() - started) * 1000, estimated


def held_up(bench: Bench, api: Api) -> Iterator[Figure]:
    """Compare the latency of events while nobody and while somebody looks at previews, one after the other."""
    quiet = bench.at_rate(RATE)
    asked: list[float] = []
    meanwhile = _under_load(bench, asked, api)
    yield beside(f"  event → audiences at {RATE}/s meanwhile, one core for all", quiet, meanwhile, LATENCY_LIMIT)
    yield Figure(name="  preview meanwhile", value=f"median {median(asked):,.0f}, most {max(asked):,.0f} ms")


def _under_load(bench: Bench, asked: list[float], api: Api) -> Report:
    requests = bench.traffic.requests(RATE * (bench.seconds + 2))
    previews = asyncio.to_thread(_ask_for, api, bench.seconds, asked)
    return checked(load.while_it_lasts(bench.server, requests, RATE, previews, 1))


def _ask_for(api: Api, seconds: float, asked: list[float]) -> None:
    """Preview one definition after the other for so many seconds, as somebody does who is editing."""
    ends = time.monotonic() + seconds
    while time.monotonic() < ends:
        asked.append(_time(api, RULES[len(asked) % len(RULES)])[0])
