"""One process, one application: the collector, GraphQL, the console and the demo over one engine."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import os
import signal
import socket
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace

import uvicorn
from starlette.applications import Starlette
from starlette.routing import BaseRoute
from starlette.types import ASGIApp

import collector.app
import console.app
import demo_site.app
import graphql_api.app
from collector.inbox import Inbox
from collector.metrics import Measured, Metrics
from engine.assembly import open_engine
from engine.errors import InvalidValue
from engine.ports import Engine, Feed
from engine.settings import Settings, proxies_of
from engine.system import new_token

DRAIN_FOR = 8
"""Seconds that requests under way may take when the server is told to stop."""
GOODBYES_FOR = 0.2
"""Seconds in which sockets may be closed with the word that the server goes away, before all others are."""
BACKLOG = 2_048
LARGEST_MESSAGE = 1024 * 1024
DEMO_SITE = "demo site"


def application(engine: Engine, inbox: Inbox, metrics: Metrics, demo_write_key: str) -> ASGIApp:
    """Compose every front; the demo site asks GraphQL with the secret key of the settings."""
    collecting = collector.app.routes(engine, inbox, metrics)
    routes: Sequence[BaseRoute] = [
        *collecting,
        *graphql_api.app.routes(engine),
        *console.app.routes(engine),
        *demo_site.app.routes(engine, write_key=demo_write_key, secret_key=engine.settings.secret_key or ""),
    ]
    return collector.app.straight(collecting, Starlette(routes=routes))


class Server(uvicorn.Server):
    """Uvicorn's server, told to stop by us: it would end the process by the signal before the database is closed."""

    def __init__(self, config: uvicorn.Config, feed: Feed) -> None:
        super().__init__(config)
        self._feed = feed

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Ask for an orderly end on SIGINT and SIGTERM; a second one forces it."""
        loop = asyncio.get_running_loop()
        for one in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(one, self.handle_exit, one, None)
        yield

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """End live pages and subscriptions, then wait for the requests under way."""
        is_heard = self._feed.is_heard
        self._feed.close()
        if is_heard:
            await asyncio.sleep(GOODBYES_FOR)
        await super().shutdown(sockets)


@asynccontextmanager
async def serving(settings: Settings, listener: socket.socket) -> AsyncIterator[tuple[Engine, str]]:
    """Serve until the block ends or a signal comes; gives the engine and the address."""
    proxies = proxies_of(settings)
    settings = replace(settings, secret_key=settings.secret_key or new_token("sk"))  # the demo site's own, for this run
    async with open_engine(settings) as engine, _collecting(engine) as (inbox, metrics):
        write_key = settings.write_key or await engine.keys.public(DEMO_SITE)
        server = Server(_config(application(engine, inbox, metrics, write_key), proxies), engine.feed)
        task = asyncio.create_task(server.serve([listener]))
        while not server.started and not task.done():  # noqa: ASYNC110  # uvicorn tells no other way
            await asyncio.sleep(0.01)
        _look_for_cycles_seldom()
        try:
            yield engine, _address(listener)
            await task
        finally:
            server.should_exit = True
            await task


def _look_for_cycles_seldom() -> None:
    """Let Python's collector rest: requests make almost no cycles, and a full look holds every answer up for long."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 10)


@asynccontextmanager
async def _collecting(engine: Engine) -> AsyncIterator[tuple[Inbox, Metrics]]:
    """Run the inbox and count; at the end what waits is written first."""
    metrics = Metrics(engine.audiences, engine.feed)
    async with Inbox(Measured(engine.ingest, metrics), engine.settings.inbox_size) as inbox:
        metrics.inbox_events.set_function(lambda: inbox.depth)
        yield inbox, metrics


def _config(app: ASGIApp, proxies: list[str]) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        loop="uvloop",
        http="httptools",
        log_level="warning",
        access_log=False,
        proxy_headers=bool(proxies),
        forwarded_allow_ips=proxies,
        server_header=False,
        date_header=False,
        ws_max_size=LARGEST_MESSAGE,
        timeout_graceful_shutdown=DRAIN_FOR,
    )


def listen(settings: Settings) -> socket.socket:
    """Take the port, before anything else is touched. Raises InvalidValue when it cannot be had."""
    host, port = settings.host, settings.port
    try:
        family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        return socket.create_server(address[:2], family=family, backlog=BACKLOG)
    except (OSError, OverflowError) as error:
        reason = os.strerror(error.errno) if isinstance(error, OSError) and error.errno else str(error)
        raise InvalidValue(
            f"Cannot listen on {host} port {port}: {reason}. Choose others with --host and --port."
        ) from None


def _address(listener: socket.socket) -> str:
    host, port = listener.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
