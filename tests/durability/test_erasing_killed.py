"""An erasure that dies at any moment is brought to its end by the next start: afterwards no file holds the person."""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import sqlite3
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from multiprocessing.connection import Connection
from pathlib import Path
from signal import SIGKILL
from typing import Any

import pytest

from benchmarks.durability import check
from engine.assembly import open_parts
from engine.domain.events import Event, Trust
from engine.ports import ProfileBy, Submission
from engine.settings import Settings
from engine.storage.sqlite import path_of
from tests.durability import strace
from tests.server import StartServer

MOMENTS = (*range(4, 20), *range(21, 80, 12))
"""The number of the write (by one thread) at which the process dies: at most 80 or so are one erasure."""
ERASE = "mutation ($by: ProfileByInput!) { eraseProfile(by: $by) { eventsErased userErrors { message } } }"
FORKS = multiprocessing.get_context("forkserver")
"""Starts processes that have all modules loaded already."""


def values(number: int) -> list[str]:
    return [f"victim{number:03}@example.com", f"device-of-{number:03}", f"Nick the {number:03}rd"]


def events(number: int) -> Iterator[Event]:
    """Let one person do something, and somebody else speak of them."""
    email, device, nick = values(number)
    said: dict[str, Any] = {"source": "s", "occurred_at": 1, "received_at": 1, "trust": Trust.SERVER}
    names: dict[str, Any] = {"anonymous_id": device, "email": email}
    yield Event(message_id=f"i{number}", type="identify", name="identify", traits={"nick": nick}, **names, **said)
    for page in range(8):
        yield Event(message_id=f"p{number}-{page}", type="page", name="page", anonymous_id=device, **said)
    spoken = {"about": email.upper(), "device": device}
    yield Event(message_id=f"o{number}", type="track", name="o", anonymous_id="other", properties=spoken, **said)


async def fill(settings: Settings) -> None:
    async with open_parts(settings) as parts:
        await parts.engine.ingest.ingest([Submission([one for number in MOMENTS for one in events(number)])])
        while await parts.columns.run_once():
            pass


async def begin_and_erase(settings: Settings, pipe: Connection, number: int) -> None:
    """Open the house, which ends what was begun before, then erase one person as soon as told."""
    async with open_parts(settings) as parts:
        pipe.send("open")
        pipe.recv()
        await parts.engine.privacy.erase(ProfileBy(identity=("email", values(number)[0])))


def run(settings: Settings, pipe: Connection, number: int) -> None:
    os.dup2(os.open(os.devnull, os.O_WRONLY), 2)  # nobody wants to read how it dies
    asyncio.run(begin_and_erase(settings, pipe, number))


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """Give a house with one person for each moment, closed."""
    FORKS.set_forkserver_preload([__name__, "engine.assembly"])
    found = Settings(database=f"sqlite:///{tmp_path_factory.mktemp('erasing')}/rollcall.db")
    asyncio.run(fill(found))
    return found


def left(settings: Settings, number: int) -> list[tuple[str, str]]:
    """List the files of the house's folder that hold one of a person's values, in any case."""
    folder = path_of(settings.database).parent
    found = {one.name: one.read_bytes().lower() for one in folder.iterdir()}
    return [(name, one) for name, data in found.items() for one in values(number) if one.lower().encode() in data]


def asked(settings: Settings) -> int:
    """Count the erasures that are on disk, done or not."""
    with closing(sqlite3.connect(path_of(settings.database))) as connection:
        (count,) = connection.execute("SELECT count(*) FROM erasures").fetchone()
        return int(count)


def test_an_erasure_killed_at_any_write_ends_with_the_next_start(settings: Settings) -> None:
    begun: list[int] = []
    ends: Counter[int | None] = Counter()
    for moment in (*MOMENTS, None):
        before, (here, there) = asked(settings), FORKS.Pipe()
        process = FORKS.Process(target=run, args=(settings, there, moment or MOMENTS[0]))
        process.start()
        assert here.recv() == "open"
        assert [one for number in begun for one in left(settings, number)] == []
        kill = f"inject=pwrite64:signal=SIGKILL:when={moment or 1}"
        with strace.attached(process.pid or 0, Path(os.devnull), "-e", "trace=pwrite64", "-e", kill):
            here.send("go")
            process.join(60)
        ends[process.exitcode] += 1
        if asked(settings) > before and moment is not None:
            begun.append(moment)

    assert len(begun) >= len(MOMENTS) - 2  # the first ones die before it is on disk that it was asked for
    assert ends[-SIGKILL] >= len(MOMENTS) / 2  # later ones kill the process aside, or come after the end
    check(path_of(settings.database))


def test_a_server_killed_while_it_erases_has_nothing_left_when_it_is_back(start_server: StartServer) -> None:
    server = start_server()
    settings = Settings(database=f"sqlite:///{server.database}")
    for number in range(3):
        email, device, nick = values(number)
        server.post("/v1/identify", {"anonymousId": device, "traits": {"email": email, "nick": nick}})
        before = asked(settings)
        with ThreadPoolExecutor(1) as pool:
            answer = pool.submit(server.graphql, ERASE, by={"identity": {"namespace": "email", "value": email}})
            while asked(settings) == before:
                time.sleep(0.001)
            time.sleep(number * 0.03)
            server.kill()
            answer.exception(30)
        server.restart()

        assert left(settings, number) == []
        assert not any(one in server.log for one in values(number))
