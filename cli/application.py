"""One process, one application: the collector, GraphQL, the console and the demo over one engine."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import logging
import os
import resource
import signal
import socket
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace

import uvicorn
from starlette.applications import Starlette
from starlette.requests import ClientDisconnect
from starlette.routing import BaseRoute
from starlette.types import ASGIApp, Receive, Scope, Send

import collector.app
import console.app
import demo_site.app
import graphql_api.app
from cli.connections import Connection, Gate
from collector.inbox import Inbox
from collector.metrics import Measured, Metrics
from engine.assembly import open_engine
from engine.errors import InvalidValue
from engine.ports import Engine
from engine.settings import Settings, check_bounds, proxies_of
from engine.system import new_token

_log = logging.getLogger(__name__)
DRAIN_FOR = 8
"""Seconds that requests under way may take when the server is told to stop."""
GOODBYES_FOR = 0.2
"""Seconds in which sockets may be closed with the word that the server goes away, before all others are."""
BACKLOG = 2_048
LARGEST_MESSAGE = 1024 * 1024
OWN_FILES = 128
"""Descriptors for the database, the listener, and what opens for a moment."""
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
    return collector.app.straight(collecting, _forgiving(Starlette(routes=routes)))


def _forgiving(app: ASGIApp) -> ASGIApp:
    """Let those go quietly who hang up while they send: nobody is there to answer, and nothing is wrong with us."""

    async def application(scope: Scope, receive: Receive, send: Send) -> None:
        with contextlib.suppress(ClientDisconnect):
            await app(scope, receive, send)

    return application


class Server(uvicorn.Server):
    """Uvicorn's server, told to stop by us: it would end the process by the signal before the database is closed."""

    def __init__(self, config: uvicorn.Config, engine: Engine, metrics: Metrics) -> None:
        super().__init__(config)
        self._feed = engine.feed
        refused = metrics.failures.labels
        self.server_state: Gate = Gate(
            engine.settings, places(engine.settings.connection_limit), lambda code: refused(code).inc()
        )
        metrics.connections.set_function(lambda: len(self.server_state.connections))

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Ask for an orderly end on SIGINT and SIGTERM; a second one forces it."""
        loop = asyncio.get_running_loop()
        for one in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(one, self.handle_exit, one, None)
        yield

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """End live pages and subscriptions, wait a little for what is half here, then for the requests under way."""
        begun, under_way = time.monotonic(), len(self.server_state.tasks)
        _log.info("Stopping.", extra={"fields": {"requests": under_way}})
        is_heard = self._feed.is_heard
        self._feed.close()
        if is_heard:
            await asyncio.sleep(GOODBYES_FOR)
        self.server_state.stop(asyncio.get_running_loop().time())
        await super().shutdown(sockets)
        _log.info("Every request is answered.", extra={"fields": {"seconds": round(time.monotonic() - begun, 3)}})


@asynccontextmanager
async def serving(settings: Settings, listener: socket.socket) -> AsyncIterator[tuple[Engine, str]]:
    """Serve until the block ends or a signal comes; gives the engine and the address."""
    check_bounds(settings)
    proxies = proxies_of(settings)
    settings = replace(settings, secret_key=settings.secret_key or new_token("sk"))  # the demo site's own, for this run
    async with open_engine(settings) as engine, _collecting(engine) as (inbox, metrics):
        write_key = settings.write_key or await engine.keys.public(DEMO_SITE)
        config = _config(application(engine, inbox, metrics, write_key), settings, proxies)
        server = Server(config, engine, metrics)
        watch = asyncio.create_task(server.server_state.run())
        task = asyncio.create_task(server.serve([listener]))
        while not server.started and not task.done():  # noqa: ASYNC110  # uvicorn tells no other way
            await asyncio.sleep(0.01)
        _spare_what_stays()
        _log.info("Started.", extra={"fields": {"address": _address(listener)}})
        try:
            yield engine, _address(listener)
            await task
        finally:
            server.should_exit = True
            await task
            watch.cancel()


def _spare_what_stays() -> None:
    """Let Python's collector not look at what has been made for good: a full look holds every answer up for long."""
    gc.collect()
    gc.freeze()


@asynccontextmanager
async def _collecting(engine: Engine) -> AsyncIterator[tuple[Inbox, Metrics]]:
    """Run the inbox and count; at the end what waits is written first."""
    metrics = Metrics(engine)
    async with Inbox(Measured(engine.ingest, metrics), engine.settings.inbox_size) as inbox:
        metrics.inbox_events.set_function(lambda: inbox.depth)
        yield inbox, metrics


def places(wanted: int) -> int:
    """Let this process open as many files as it may need, and tell how many connections it may hold."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    files = wanted + OWN_FILES
    most = files if hard == resource.RLIM_INFINITY else min(files, hard)
    if soft < most:
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))
    return min(wanted, max(most - OWN_FILES, most // 2))


def _config(app: ASGIApp, settings: Settings, proxies: list[str]) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        loop="uvloop",
        http=Connection,
        timeout_keep_alive=settings.idle_timeout,
        log_config=None,
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
