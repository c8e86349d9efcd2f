"""A stand-in for the wire only: serves pages with the tag on them, records what browsers send and answers as told."""

from __future__ import annotations

import socket
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from threading import Condition, Thread
from typing import Any

import msgspec
import uvicorn
from playwright.sync_api import Page
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route

STATIC = Path(__file__).parents[2] / "static"
TAG = STATIC / "tag.min.js"
"""What is served as /tag.js; test_source proves that it is tag.js."""
CROSS_ORIGIN = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Allow-Headers": "authorization, content-type",
    "Access-Control-Expose-Headers": "Retry-After",
}
NOBODY: dict[str, Any] = {"known": False, "audiences": []}


def ready(page: Page) -> None:
    """Wait until the tag has its first answer, or knows that it gets none."""
    page.evaluate("() => new Promise(done => rollcall('ready', done))")


@dataclass(frozen=True)
class Received:
    """A request as it arrived at the collector's paths."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def batch(self) -> dict[str, Any]:
        """The JSON of the body."""
        decoded: dict[str, Any] = msgspec.json.decode(self.body)
        return decoded


@dataclass(frozen=True)
class Refusal:
    """An answer of the collector that does not take the events."""

    status: int
    headers: dict[str, str] = field(default_factory=dict)


class Collector:
    """What the tests tell the stand-in, and what it saw."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.tests = 0
        self._changed = Condition()
        self.clear()

    def clear(self) -> None:
        """Forget everything, for the next test; what pages of the last one still send no longer counts."""
        self.tests += 1
        self.write_key = f"wk_test_{self.tests}"
        self.visitor: dict[str, Any] | None = NOBODY
        self.refusals: deque[Refusal] = deque()
        self.received: list[Received] = []
        self.pages: dict[str, str] = {}
        self.page_headers: dict[str, str] = {}

    def address(self, path: str = "/", host: str = "127.0.0.1") -> str:
        """Address of a page on this machine, under any name that leads to it."""
        return f"http://{host}:{self.port}{path}"

    def has(self, body: str = "", head: str = "", path: str = "/", tag: str = "") -> None:
        """Publish a page that carries the tag; `tag` holds more attributes of its script element."""
        script = f'<script async src="{self.address("/tag.js")}" data-write-key="{self.write_key}" {tag}></script>'
        self.pages[path] = f"<!doctype html><html lang=en><head><title>Page</title>{head}{script}</head><body>{body}"

    @property
    def posts(self) -> list[Received]:
        """Requests that carried events."""
        return [received for received in self.received if received.path == "/v1/batch" and received.method == "POST"]

    @property
    def events(self) -> list[dict[str, Any]]:
        """All events so far, repetitions included."""
        return [event for post in self.posts for event in post.batch["batch"]]

    def wait_for_posts(self, count: int) -> list[Received]:
        """Wait until so many posts have arrived."""
        self.wait_for(lambda: len(self.posts) >= count, f"{count} posts")
        return self.posts

    def wait_for_events(self, count: int) -> list[dict[str, Any]]:
        """Wait until so many events have arrived."""
        self.wait_for(lambda: len(self.events) >= count, f"{count} events")
        return self.events

    def wait_for_path(self, path: str) -> Received:
        """Wait for a request to a path."""
        self.wait_for(lambda: any(received.path == path for received in self.received), path)
        return next(received for received in self.received if received.path == path)

    def wait_for(self, arrived: Callable[[], bool], what: str) -> None:
        """Wait until something holds of what has arrived."""
        with self._changed:
            assert self._changed.wait_for(arrived, timeout=10), f"waited for {what}, got {self.received}"

    async def _receive(self, request: Request) -> Response:
        body = await request.body()
        if request.method == "POST" and f'"{self.write_key}"'.encode() not in body:
            return JSONResponse({"success": True}, headers=CROSS_ORIGIN)
        with self._changed:
            self.received.append(Received(request.method, request.url.path, dict(request.headers), body))
            self._changed.notify_all()
        return self._answer(request)

    def _answer(self, request: Request) -> Response:
        if request.url.path == "/v1/me":
            return JSONResponse(self.visitor, headers=CROSS_ORIGIN)
        if request.method == "POST" and self.refusals:
            refusal = self.refusals.popleft()
            return JSONResponse({"success": False}, refusal.status, CROSS_ORIGIN | refusal.headers)
        return JSONResponse({"success": True, "accepted": 1, "visitor": self.visitor}, headers=CROSS_ORIGIN)

    async def _page(self, request: Request) -> Response:
        return HTMLResponse(self.pages.get(request.url.path, "<title>Elsewhere</title>"), headers=self.page_headers)

    async def _tag(self, request: Request) -> Response:
        kept = {"Cache-Control": "public, max-age=3600"}
        return Response(TAG.read_bytes(), media_type="text/javascript", headers=kept)

    async def _module(self, request: Request) -> Response:
        file = STATIC / f"{request.path_params['name']}.js"
        return Response(file.read_bytes(), media_type="text/javascript", headers=CROSS_ORIGIN)

    def routes(self) -> list[Route]:
        """What it serves: the tag, the collector's paths, and every other path as a page."""
        return [
            Route("/tag.js", self._tag),
            Route("/v1/{name}.js", self._module),
            Route("/v1/{rest:path}", self._receive, methods=["GET", "POST", "OPTIONS"]),
            Route("/{rest:path}", self._page),
        ]


@contextmanager
def recording_collector() -> Iterator[Collector]:
    """Serve a collector on a free port of this machine, in a thread of its own."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        collector = Collector(listening.getsockname()[1])
        app = Starlette(routes=collector.routes())
        server = uvicorn.Server(uvicorn.Config(app, log_level="critical", lifespan="off", ws="none", loop="asyncio"))
        thread = Thread(target=server.run, kwargs={"sockets": [listening]})
        thread.start()
        try:
            yield collector
        finally:
            server.should_exit = server.force_exit = True
            thread.join()
