"""Honest visitors while a thousand others send their header fields, or their bodies, a few bytes at a time.

Only ever aimed at a server of this process's own on this machine. `slowhttptest` is used where it is installed
(`apt-get install slowhttptest`), else slow clients of our own do the same."""

from __future__ import annotations

import asyncio
import resource
import shutil
from collections.abc import Awaitable, Iterator
from contextlib import suppress
from statistics import median

from benchmarks import load, processes
from benchmarks.api import Api
from benchmarks.collector import checked, prepare
from benchmarks.load import Report
from benchmarks.processes import Server
from benchmarks.report import Figure, Plan
from benchmarks.traffic import Traffic

SLOW = 1_000
OPENED_A_SECOND = 250
BYTES_EVERY = 2
RATE = 200
KINDS = {"-H": "header fields", "-B": "bodies"}
TOOL = "slowhttptest"


def run(plan: Plan) -> Iterator[Figure]:
    """Measure without and with slow clients in turns, and compare the medians of the 99th percentiles."""
    processes.pin_client()
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    rounds, seconds = plan.pick(1, 3), plan.pick(3, 6)
    with processes.rollcall(plan.folder / "slow.db") as server:
        traffic = Traffic()
        prepare(Api(server.address), traffic)
        for kind, name in KINDS.items():
            quiet, beside = [], []
            for _ in range(rounds):
                quiet.append(honest(server, traffic, asyncio.sleep(seconds), seconds))
                beside.append(honest(server, traffic, attack(server, kind, seconds), seconds))
            yield from compared(name, quiet, beside)


def honest(server: Server, traffic: Traffic, lasting: Awaitable[object], seconds: int) -> Report:
    """Send events at a fixed rate while something lasts."""
    requests = traffic.requests(RATE * (seconds + 3))
    return checked(load.while_it_lasts(server, requests, RATE, lasting, warm_up=1))


def compared(name: str, quiet: list[Report], beside: list[Report]) -> Iterator[Figure]:
    """Tell how much longer the slowest hundredth of honest requests took, and what all that cost the server."""
    before, after = (median(report.percentile(99) for report in reports) for reports in (quiet, beside))
    with_what = TOOL if shutil.which(TOOL) else "slow clients of our own"
    yield Figure(
        name=f"{SLOW:,} clients with slow {name} ({with_what}): p99 of honest ones",
        value=f"{after:.1f} ms",
        baseline=f"without {before:.1f} ms",
        ratio=after / before,
        target="≤ 2 × without",
        met=after <= 2 * before,
    )
    before, after = (median(report.server_seconds / report.seconds for report in all) for all in (quiet, beside))
    yield Figure(
        name="  CPU of the server", value=f"{after:.1%}", baseline=f"without {before:.1%}", ratio=after / before
    )


async def attack(server: Server, kind: str, seconds: int) -> None:
    """Send slowly from many connections for so many seconds; raise unless they could connect."""
    if shutil.which(TOOL) is None:
        await asyncio.gather(*(slow_client(server, kind, seconds, n / OPENED_A_SECOND) for n in range(SLOW)))
        return
    numbers = {"-c": SLOW, "-r": OPENED_A_SECOND, "-i": BYTES_EVERY, "-l": seconds}
    options = [word for name, number in numbers.items() for word in (name, str(number))]
    path = "/healthz" if kind == "-H" else "/v1/batch"
    pipe = asyncio.subprocess.PIPE
    words = ["nice", "-n", "19", TOOL, kind, *options, "-u", server.address + path]  # it is not to starve the honest
    process = await asyncio.create_subprocess_exec(*words, stdout=pipe, stderr=pipe)
    said, complaint = await process.communicate()
    if process.returncode:
        raise RuntimeError(f"{TOOL} ended with {process.returncode}: {(said + complaint)[-500:]!r}")


async def slow_client(server: Server, kind: str, seconds: float, after: float) -> None:
    """Send one request slowly, and begin anew when it is cut off."""
    host, port = server.address.removeprefix("http://").split(":")
    head = b"GET /healthz HTTP/1.1\r\nHost: x\r\n"
    if kind == "-B":
        head = b"POST /v1/batch HTTP/1.1\r\nHost: x\r\nContent-Length: 4096\r\n\r\n"
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await asyncio.sleep(after)
            while True:
                with suppress(OSError):
                    await _drip(host, int(port), head)
                await asyncio.sleep(BYTES_EVERY)


async def _drip(host: str, port: int, head: bytes) -> None:
    _, writer = await asyncio.open_connection(host, port)
    try:
        writer.write(head)
        while not writer.transport.is_closing():
            await asyncio.sleep(BYTES_EVERY)
            writer.write(b"X: y\r\n")
            await writer.drain()
    finally:
        writer.close()
