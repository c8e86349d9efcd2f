"""One process, one application: the collector, GraphQL, the console and the demo over one engine."""

from __future__ import annotations

import asyncio
import contextlib
import signal
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager

import uvicorn
from starlette.applications import Starlette
from starlette.routing import BaseRoute

import collector.app
import console.app
import demo_site.app
import graphql_api.app
from collector.inbox import Inbox
from engine.assembly import open_engine
from engine.ports import Engine, KeyKind
from engine.settings import Settings

DRAIN_FOR = 8
"""Seconds that requests under way may take when the server is told to stop."""


def application(engine: Engine, inbox: Inbox, *, write_key: str, secret_key: str) -> Starlette:
    """Compose every front; the demo site uses the two keys."""
    routes: Sequence[BaseRoute] = [
        *collector.app.routes(engine, inbox),
        *graphql_api.app.routes(engine),
        *console.app.routes(engine),
        *demo_site.app.routes(engine, write_key=write_key, secret_key=secret_key),
    ]
    return Starlette(routes=routes)


class Server(uvicorn.Server):
    """Uvicorn's server, told to stop by us: it would end the process by the signal before the database is closed."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Ask for an orderly end on SIGINT and SIGTERM; a second one forces it."""
        loop = asyncio.get_running_loop()
        for one in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(one, self.handle_exit, one, None)
        yield


@asynccontextmanager
async def serving(settings: Settings) -> AsyncIterator[tuple[Engine, Inbox, int]]:
    """Serve until the block ends or a signal comes; gives the engine, the inbox and the port."""
    async with open_engine(settings) as engine, Inbox(engine.ingest, settings.inbox_size) as inbox:
        write_key = settings.write_key or await engine.keys.create(KeyKind.WRITE, "demo site")
        secret_key = settings.secret_key or await engine.keys.create(KeyKind.SECRET, "demo site")
        server = Server(
            uvicorn.Config(
                application(engine, inbox, write_key=write_key, secret_key=secret_key),
                host=settings.host,
                port=settings.port,
                loop="uvloop",
                http="httptools",
                log_level="warning",
                access_log=False,
                server_header=False,
                date_header=False,
                timeout_graceful_shutdown=DRAIN_FOR,
            )
        )
        task = asyncio.create_task(server.serve())
        while not server.started and not task.done():  # noqa: ASYNC110  # uvicorn tells no other way
            await asyncio.sleep(0.01)
        if task.done():
            task.result()
        try:
            yield engine, inbox, _port(server)
            await task
        finally:
            server.should_exit = True
            with contextlib.suppress(asyncio.CancelledError):
                await task


def _port(server: Server) -> int:
    return int(server.servers[0].sockets[0].getsockname()[1])
