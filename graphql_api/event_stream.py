"""Subscriptions as server-sent events: graphql-sse in its mode of distinct connections, a request each.

`event: next` with each result, `event: complete` at the end, comments as heartbeats. What is refused before it begins
is answered as any other request is, with a status of its own."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from typing import Any, Final

import msgspec
from starlette.responses import Response
from starlette.types import Message, Receive, Scope, Send

from engine.errors import RollcallError
from graphql_api.authorization import Caller
from graphql_api.live import Stopping
from graphql_api.request import GRAPHQL_RESPONSE, Operation
from graphql_api.running import Refused, Runner

HEARTBEAT: Final = 12.0
"""Seconds without a word after which a comment keeps proxies from closing the connection."""
TAKES_AT_MOST: Final = 30.0
"""Seconds in which a reader must take what he is sent."""
_HEADERS: Final = (
    (b"content-type", b"text/event-stream; charset=utf-8"),
    (b"cache-control", b"private, no-store"),
    (b"x-accel-buffering", b"no"),
)


class EventStream(Response):
    """The answer that goes on until the subscription, the reader or the server ends."""

    def __init__(
        self,
        runner: Runner,
        caller: Caller,
        operation: Operation,
        owner: str,
        refusal: Callable[[Exception, str], Response],
    ) -> None:
        self._runner, self._caller, self._operation, self._owner = runner, caller, operation, owner
        self._refusal = refusal
        self.background = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Begin, and tell until the end."""
        try:
            async with self._runner.follow(self._caller, self._operation, self._owner) as bodies:
                await send({"type": "http.response.start", "status": 200, "headers": list(_HEADERS)})
                await _until_gone(_tell(bodies, send), receive)
        except (Refused, RollcallError) as error:
            await self._refusal(error, GRAPHQL_RESPONSE)(scope, receive, send)


async def _tell(bodies: AsyncIterator[dict[str, Any]], send: Send) -> None:
    """Send each body as it comes. One who does not take what he is sent is let go."""
    with suppress(TimeoutError):
        await _put(send, b":\n\n")
        coming = asyncio.ensure_future(_next(bodies))
        try:
            while True:
                done, _ = await asyncio.wait({coming}, timeout=HEARTBEAT)
                body = coming.result() if done else {}
                if body is None:
                    break
                await _put(send, _event("next", body) if done else b":\n\n")
                if done:
                    coming = asyncio.ensure_future(_next(bodies))
        except Stopping:
            return await _put(send, b"", more=False)  # without `complete`, so that the client comes back
        finally:
            coming.cancel()
            await asyncio.wait({coming})
        await _put(send, b"event: complete\ndata:\n\n")
        await _put(send, b"", more=False)


async def _next(bodies: AsyncIterator[dict[str, Any]]) -> dict[str, Any] | None:
    """Give the next body, the errors by which a subscription ends being the last; None at the end."""
    try:
        return await anext(bodies, None)
    except Refused as ended:
        return {"errors": ended.errors}


async def _put(send: Send, chunk: bytes, more: bool = True) -> None:
    message: Message = {"type": "http.response.body", "body": chunk, "more_body": more}
    await asyncio.wait_for(send(message), TAKES_AT_MOST)


def _event(name: str, body: dict[str, Any]) -> bytes:
    return b"event: %b\ndata: %b\n\n" % (name.encode(), msgspec.json.encode(body))


async def _until_gone(telling: Any, receive: Receive) -> None:
    """Tell until the end, or until the reader goes."""
    told, gone = asyncio.ensure_future(telling), asyncio.ensure_future(_gone(receive))
    try:
        await asyncio.wait({told, gone}, return_when=asyncio.FIRST_COMPLETED)
        if told.done():
            told.result()
    finally:
        for task in (told, gone):
            task.cancel()
        await asyncio.wait({told, gone})


async def _gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
