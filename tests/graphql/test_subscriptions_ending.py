"""How following ends: readers go, take too long or lose their key, servers stop; and nothing stays behind."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

from cli.application import listen, serving
from engine.assembly import open_engine
from engine.domain.keys import KeyDraft, KeyKind
from engine.ports import Engine, Submission
from engine.settings import Settings
from graphql_api.authorization import Server as KeyHolder
from graphql_api.request import Operation
from graphql_api.running import Refused, Runner
from tests.engine.living import event
from tests.graphql.asking import Device
from tests.graphql.following import CHANGES, PATIENCE, PROTOCOL, socket_to, stream_from, told
from tests.server import SECRET_KEY, StartServer

SERVER = f"Bearer {SECRET_KEY}"
NUMBERS = count(1)
ROUNDS, AT_ONCE = 10, 10
"""Of each protocol: 200 opened and dropped in all."""


def settings(folder: Path) -> Settings:
    return Settings(
        database=f"sqlite:///{folder}/rollcall.db", port=0, secret_key=SECRET_KEY, write_key="wk_test", rate_limit="off"
    )


@dataclass
class Dropper:
    """Opens subscriptions over the wire, and goes without a word."""

    address: str

    async def socket(self) -> None:
        url = self.address.replace("http", "ws") + "/graphql"
        wire = await connect(url, subprotocols=[PROTOCOL], proxy=None)
        for message in (
            {"type": "connection_init", "payload": {"authorization": SERVER}},
            {"type": "subscribe", "id": "1", "payload": {"query": CHANGES}},
            {"type": "ping"},
        ):
            await wire.send(json.dumps(message))
        while json.loads(await wire.recv())["type"] != "pong":
            pass
        wire.transport.abort()

    async def stream(self) -> None:
        host, port = self.address.removeprefix("http://").split(":")
        reader, writer = await asyncio.open_connection(host, int(port))
        body = json.dumps({"query": CHANGES})
        lines = (
            *("POST /graphql HTTP/1.1", f"Host: {host}", f"Authorization: {SERVER}", "Accept: text/event-stream"),
            *("Content-Type: application/json", f"Content-Length: {len(body)}", "", body),
        )
        writer.write("\r\n".join(lines).encode())
        assert b"200" in await reader.readline()
        writer.transport.abort()


async def test_readers_who_go_leave_nothing_behind(tmp_path: Path) -> None:
    async with _served(tmp_path) as (engine, address):
        dropper = Dropper(address)
        tasks_before = len(asyncio.all_tasks())
        for _ in range(ROUNDS):
            await asyncio.gather(*(drop() for drop in [dropper.socket, dropper.stream] * AT_ONCE))

        assert await _becomes_quiet(engine), "somebody is still listened for"
        assert len(asyncio.all_tasks()) <= tasks_before


class _Enough(Exception):
    pass


@asynccontextmanager
async def _served(folder: Path) -> AsyncIterator[tuple[Engine, str]]:
    """Serve in this process until the block ends; without an error, `serving` waits for a signal."""
    with suppress(_Enough):
        async with serving(settings(folder), listen(settings(folder))) as served:
            yield served
            raise _Enough


async def _becomes_quiet(engine: Engine) -> bool:
    for _ in range(500):
        if not engine.feed.is_heard:
            return True
        await asyncio.sleep(0.01)
    return False


async def happen(engine: Engine, devices: int) -> None:
    """Let so many devices view their first page, one commit each."""
    for number in (next(NUMBERS) for _ in range(devices)):
        await engine.ingest.ingest([Submission([event("page", engine.clock.now(), anonymous_id=f"device {number}")])])


async def followed(runner: Runner, key: KeyHolder, **variables: Any) -> AsyncGenerator[dict[str, Any]]:
    asked = Operation(CHANGES, variables={"audiences": ["all"], **variables})
    async with runner.follow(key, asked, "test") as bodies:
        yield {}
        async for body in bodies:
            yield body["data"]["membershipChanged"]


async def _holder(engine: Engine) -> KeyHolder:
    new = await engine.keys.create(KeyDraft(KeyKind.SECRET, "follows"))
    return KeyHolder(new.key)


async def test_a_slow_reader_is_told_and_resumes_without_loss(tmp_path: Path) -> None:
    async with open_engine(settings(tmp_path)) as engine:
        runner, key = Runner(engine), await _holder(engine)
        runner.live.most_waiting = 5
        changes = followed(runner, key)
        await anext(changes)
        await happen(engine, 1)
        first = await anext(changes)
        await happen(engine, 10)
        with pytest.raises(Refused) as refused:
            await anext(changes)
        (error,) = refused.value.errors
        assert error["extensions"] == {"code": "SLOW_CONSUMER", "cursor": first["cursor"]}

        resumed = followed(runner, key, after=error["extensions"]["cursor"])
        await anext(resumed)
        assert {told(await anext(resumed)) for _ in range(10)} == {"ENTERED all EVENT"}
        await resumed.aclose()


async def test_a_revoked_key_follows_no_more(tmp_path: Path) -> None:
    async with open_engine(settings(tmp_path)) as engine:
        runner, key = Runner(engine), await _holder(engine)
        changes = followed(runner, key)
        await anext(changes)
        await engine.keys.revoke(key.key.id)
        await happen(engine, 1)

        with pytest.raises(Refused) as refused:
            await anext(changes)
    assert refused.value.errors[0]["extensions"] == {"code": "FORBIDDEN"}


async def test_places_are_bounded_for_each_and_free_again(tmp_path: Path) -> None:
    async with open_engine(settings(tmp_path)) as engine:
        live = Runner(engine).live
        with live.place("somebody", 1):
            with pytest.raises(Exception, match="Too many live connections"), live.place("somebody", 1):
                pass
            with live.place("another", 1):
                pass
        with live.place("somebody", 1):
            pass


def test_a_server_that_stops_says_so_and_completes_nothing(start_server: StartServer) -> None:
    server = start_server()
    with socket_to(server.address, SERVER) as socket, stream_from(server.address, CHANGES, SERVER) as stream:
        socket.subscribe(CHANGES)
        assert server.stop() == 0

        with pytest.raises(ConnectionClosed) as closed:
            socket.wire.recv(PATIENCE)
        assert stream.event() is None
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == 1001


def test_a_reader_goes_on_after_a_restart_where_it_was(start_server: StartServer) -> None:
    server = start_server()
    with socket_to(server.address, SERVER) as socket:
        socket.subscribe(CHANGES, audiences=["all"])
        Device(server.address).views()
        cursor = socket.next()["cursor"]
    Device(server.address).views()
    server.restart()

    with socket_to(server.address, SERVER) as socket:
        socket.subscribe(CHANGES, after=cursor, audiences=["all"])
        Device(server.address).views()
        assert socket.changes(2) == ["ENTERED all EVENT"] * 2
        assert socket.is_quiet()
