"""Live pages: tells a page that what it shows has changed; the page then fetches itself again.

Nothing of what changed goes through here, so it cannot show what the page would not.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import suppress

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import BaseRoute, Route

from console.pages import SAFE
from engine.ports import Engine, Notice

AT_MOST_EVERY = 0.5
"""Seconds between two tellings: what happens meanwhile is told once."""
HEARTBEAT = 20.0

Concerns = Callable[[Notice], bool]


def routes(engine: Engine) -> list[BaseRoute]:
    """Give the routes."""

    async def audiences(request: Request) -> Response:
        return _stream(engine, lambda notice: bool(notice.audiences or notice.changes))

    async def audience(request: Request) -> Response:
        slug = request.path_params["slug"]
        return _stream(engine, lambda notice: _touches(notice, slug))

    async def profile(request: Request) -> Response:
        id = request.path_params["id"]
        return _stream(engine, lambda notice: id in notice.subjects)

    return [
        Route("/live/audiences", audiences),
        Route("/live/audiences/{slug}", audience),
        Route("/live/profiles/{id:int}", profile),
    ]


def _touches(notice: Notice, slug: str) -> bool:
    return slug in notice.audiences or any(change.audience_slug == slug for change in notice.changes)


def _stream(engine: Engine, concerns: Concerns) -> Response:
    return StreamingResponse(events(engine, concerns), media_type="text/event-stream", headers=SAFE)


async def events(engine: Engine, concerns: Concerns, pause: float = AT_MOST_EVERY) -> AsyncGenerator[str]:
    """Give an event of the stream for each change that concerns the page, until the reader goes or the server ends."""
    changed = asyncio.Event()
    listening = asyncio.create_task(_listen(engine, concerns, changed))
    listening.add_done_callback(lambda _: changed.set())
    try:
        while True:
            try:
                await asyncio.wait_for(changed.wait(), HEARTBEAT)
            except TimeoutError:
                yield ": still here\n\n"
                continue
            if listening.done():
                return
            changed.clear()
            yield "event: changed\ndata: \n\n"
            await asyncio.sleep(pause)
    finally:
        listening.cancel()
        with suppress(asyncio.CancelledError):
            await listening


async def _listen(engine: Engine, concerns: Concerns, changed: asyncio.Event) -> None:
    async with engine.feed.listen() as notices:
        changed.set()  # for what came between the page and its stream, or while a hidden tab did not listen
        async for notice in notices:
            if concerns(notice):
                changed.set()
