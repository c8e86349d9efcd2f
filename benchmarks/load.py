"""A lean HTTP load client: keep-alive connections without pipelining, closed loop (as fast as it goes) or open loop.

Open loop sends at a fixed rate whatever the server does and counts latency from the moment a request was due,
so that a server that stalls cannot hide it.
"""

from __future__ import annotations

import asyncio
import time
from collections import Counter, deque
from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import cast

import uvloop

from benchmarks.processes import Server

CONNECTIONS = 128
TICK = 0.001
Clock = Callable[[], float]


@dataclass(frozen=True, slots=True)
class Report:
    """What a run measured; latencies in milliseconds, in rising order."""

    seconds: float
    latencies: Sequence[float]
    statuses: Counter[int]
    client_busy: float
    """Share of one core that the client itself used; near 1 means that it, not the server, was measured."""
    server_seconds: float
    """CPU time of the server meanwhile."""

    @property
    def rate(self) -> float:
        """Answers per second."""
        return len(self.latencies) / self.seconds

    @property
    def server_microseconds(self) -> float:
        """CPU time of the server for each answer."""
        return self.server_seconds / len(self.latencies) * 1e6

    def percentile(self, percent: float) -> float:
        """Give a latency percentile in milliseconds."""
        return self.latencies[min(len(self.latencies) - 1, int(len(self.latencies) * percent / 100))]


@dataclass(slots=True)
class Tally:
    """Answers as they come; only those that arrive while `counting` are kept."""

    statuses: Counter[int] = field(default_factory=Counter)
    latencies: list[float] = field(default_factory=list)
    counting: bool = False
    lost: Exception | None = None

    def take(self, status: int, seconds: float) -> None:
        """Count one answer."""
        if self.counting:
            self.statuses[status] += 1
            self.latencies.append(seconds * 1000)


class Connection(asyncio.Protocol):
    """One keep-alive connection; calls `answered` with itself, the status and the latency of each answer."""

    def __init__(self, answered: Callable[[Connection, int, float], None], tally: Tally) -> None:
        self._answered = answered
        self._tally = tally
        self._buffer = b""
        self._since = 0.0
        self._transport: asyncio.Transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport."""
        self._transport = cast(asyncio.Transport, transport)

    def connection_lost(self, exc: Exception | None) -> None:
        """Remember that the server hung up."""
        self._tally.lost = exc or ConnectionResetError("the server closed a connection")

    def send(self, request: bytes, since: float) -> None:
        """Send one request; its latency counts from `since`."""
        self._since = since
        self._transport.write(request)

    def data_received(self, data: bytes) -> None:
        """Wait for the whole answer, then report it."""
        self._buffer += data
        status = answer_status(self._buffer)
        if status is not None:
            self._buffer = b""
            self._answered(self, status, time.perf_counter() - self._since)

    def close(self) -> None:
        """Hang up."""
        self._transport.abort()


def answer_status(buffer: bytes) -> int | None:
    """Give the status of an answer if all of it is there. Answers must have a Content-Length."""
    end = buffer.find(b"\r\n\r\n")
    if end < 0:
        return None
    start = buffer.lower().index(b"content-length:", 0, end) + 15
    stop = buffer.find(b"\r\n", start)
    if len(buffer) < end + 4 + int(buffer[start:stop]):
        return None
    return int(buffer[9:12])


async def connect(address: str, answered: Callable[[Connection, int, float], None], tally: Tally) -> list[Connection]:
    """Open connections to `http://host:port`."""
    host, port = address.removeprefix("http://").split(":")
    loop = asyncio.get_running_loop()
    opened = [
        await loop.create_connection(lambda: Connection(answered, tally), host, int(port)) for _ in range(CONNECTIONS)
    ]
    return [connection for _, connection in opened]


async def measure(tally: Tally, cpu_seconds: Clock, warm_up: float, lasting: Awaitable[object]) -> Report:
    """Let the load run, count after the warm-up for as long as something lasts, and report."""
    await asyncio.sleep(warm_up)
    tally.counting, started, busy, spent = True, time.perf_counter(), time.process_time(), cpu_seconds()
    await lasting
    tally.counting, seconds, spent = False, time.perf_counter() - started, cpu_seconds() - spent
    if tally.lost or not tally.latencies:
        raise RuntimeError(f"not every answer came: {tally.lost!r}")
    busy = (time.process_time() - busy) / seconds
    return Report(seconds, sorted(tally.latencies), tally.statuses, busy, spent)


async def closed_loop(server: Server, requests: Iterator[bytes], warm_up: float, duration: float) -> Report:
    """Send the next request on each connection as soon as the last was answered."""
    tally = Tally()

    def answered(connection: Connection, status: int, seconds: float) -> None:
        tally.take(status, seconds)
        connection.send(next(requests), time.perf_counter())

    opened = await connect(server.address, answered, tally)
    for connection in opened:
        connection.send(next(requests), time.perf_counter())
    report = await measure(tally, server.cpu_seconds, warm_up, asyncio.sleep(duration))
    for connection in opened:
        connection.close()
    return report


async def open_loop(
    server: Server, requests: Iterator[bytes], rate: float, warm_up: float, lasting: Awaitable[object]
) -> Report:
    """Send `rate` requests a second, evenly, whether or not earlier ones were answered."""
    tally, waiting = Tally(), deque[float]()

    def answered(connection: Connection, status: int, seconds: float) -> None:
        tally.take(status, seconds)
        if waiting:
            connection.send(next(requests), waiting.popleft())
        else:
            idle.append(connection)

    opened = await connect(server.address, answered, tally)
    idle = deque(opened)  # each takes its turn, or the server would close those that never do
    pacing = asyncio.create_task(pace(rate, idle, waiting, requests))
    report = await measure(tally, server.cpu_seconds, warm_up, lasting)
    pacing.cancel()
    for connection in opened:
        connection.close()
    return report


async def pace(rate: float, idle: deque[Connection], waiting: deque[float], requests: Iterator[bytes]) -> None:
    """Send what is due at each tick; what finds no idle connection waits, and that counts as latency."""
    due, step = time.perf_counter(), 1 / rate
    while True:
        while due <= time.perf_counter():
            if idle:
                idle.popleft().send(next(requests), due)
            else:
                waiting.append(due)
            due += step
        await asyncio.sleep(TICK)


def full_speed(server: Server, requests: Iterable[bytes], duration: float, warm_up: float = 1) -> Report:
    """Run a closed loop to its end, on a loop of its own."""
    return uvloop.run(closed_loop(server, iter(requests), warm_up, duration))


def at_rate(server: Server, requests: Iterable[bytes], rate: float, duration: float, warm_up: float = 1) -> Report:
    """Run an open loop to its end, on a loop of its own."""
    return while_it_lasts(server, requests, rate, asyncio.sleep(duration), warm_up)


def while_it_lasts(
    server: Server, requests: Iterable[bytes], rate: float, lasting: Awaitable[object], warm_up: float
) -> Report:
    """Run an open loop while something lasts, on a loop of its own."""
    return uvloop.run(open_loop(server, iter(requests), rate, warm_up, lasting))
