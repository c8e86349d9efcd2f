"""The way in over HTTP: POST /v1/batch and its short forms, the pixel, `me`, and the clock of a simulation.

Plain ASGI on the hot path: a request object costs more here than all that is done with it."""

from __future__ import annotations

import time
from base64 import b64decode
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import parse_qsl
from uuid import uuid4

from starlette.types import Receive, Scope, Send

from collector.answers import Origins, complaints, send_bytes, send_failure, send_json
from collector.inbox import Inbox
from collector.limits import RateLimit
from collector.protocols.segment import Complaint, Decoded, Sender, decode
from collector.requests import Headers, key_of, read_body, read_json, require_server
from collector.visitors import from_authorization
from engine.domain.events import Trust
from engine.domain.visitors import anonymous_id
from engine.errors import InvalidValue, NotFound, RollcallError
from engine.ports import Engine, Key, KeyKind, Outcome, Submission
from engine.values import format_time

GIF = b64decode("R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7")
LONGEST_ADVANCE = 10 * 366 * 86_400

Work = Callable[[Scope, Receive, Send, Headers, list[tuple[bytes, bytes]]], Awaitable[None]]


class Endpoints:
    """What the routes lead to."""

    def __init__(self, engine: Engine, inbox: Inbox) -> None:
        self._engine = engine
        self._inbox = inbox
        self._origins = Origins(engine.settings.allowed_origins)
        self._limit = RateLimit(engine.settings.rate_limit, time.monotonic)

    def guarded(self, work: Work) -> Guarded:
        """Wrap an endpoint: preflights, rate limit, and failures as answers."""
        return Guarded(self._origins, self._limit, work)

    def collect(self, type: str | None) -> Guarded:
        """Take one call of a type, or a batch when the type is None."""

        async def work(
            scope: Scope, receive: Receive, send: Send, headers: Headers, cors: list[tuple[bytes, bytes]]
        ) -> None:
            body = read_json(await read_body(receive))
            key = key_of(headers, scope["query_string"], body, self._engine.keys)
            items = _batch(body) if type is None else [{**body, "type": type}]
            around = body if type is None else {}
            await send_json(send, 200, await self._take(items, around, body.get("visitorSecret"), key, headers), cors)

        return self.guarded(work)

    async def pixel(
        self, scope: Scope, receive: Receive, send: Send, headers: Headers, cors: list[tuple[bytes, bytes]]
    ) -> None:
        """Take one event from a query, for e-mail and pages without script; the answer is always the picture."""
        query = dict(parse_qsl(scope["query_string"].decode("latin-1")))
        key = key_of(headers, scope["query_string"], {}, self._engine.keys)
        kind = "track" if query.get("event") else "page"
        item = {name: value for name, value in query.items() if name != "writeKey"}
        item = {"type": kind, **item, "properties": {"url": query["url"]} if "url" in query else {}}
        if "email" in query:
            item["properties"]["email"] = query["email"]
        await self._take([item], {}, None, key, headers)
        await send_bytes(send, 200, GIF, b"image/gif", cors)

    async def me(
        self, scope: Scope, receive: Receive, send: Send, headers: Headers, cors: list[tuple[bytes, bytes]]
    ) -> None:
        """Tell a visitor with his secret what he may know of himself; the same empty answer for one never seen."""
        visitor = from_authorization(headers.get(b"authorization"))
        if visitor is None:
            await send_json(send, 200, {"known": False, "audiences": []}, cors)
            return
        found = await self._engine.profiles.visitor(visitor)
        await send_json(send, 200, {"known": found.known, "audiences": found.audiences}, cors)

    async def advance(
        self, scope: Scope, receive: Receive, send: Send, headers: Headers, cors: list[tuple[bytes, bytes]]
    ) -> None:
        """Move a simulated clock on."""
        simulation = self._engine.simulation
        if simulation is None:
            raise NotFound("The clock is real. Start with --simulated-clock to move it.")
        require_server(headers, self._engine.keys)
        seconds = read_json(await read_body(receive)).get("seconds")
        if not isinstance(seconds, int) or isinstance(seconds, bool) or not 0 < seconds <= LONGEST_ADVANCE:
            raise InvalidValue("seconds is a whole number from 1 to ten years.", ("seconds",))
        await send_json(send, 200, {"now": format_time(await simulation.advance(seconds))}, cors)

    async def _take(self, items: list[Any], around: dict[str, Any], secret: Any, key: Key, headers: Headers) -> Any:
        trust = Trust.SERVER if key.kind is KeyKind.SECRET else Trust.CLAIMED
        now = self._engine.clock.now()
        sender = Sender(key.id, trust, now, headers.get(b"user-agent") or "", lambda: uuid4().hex)
        decoded = decode(items, around, sender)
        visitor = _visitor(secret, decoded)
        outcome = await self._inbox.put(Submission(decoded.events, decoded.refusals, visitor))
        return _answer(decoded, outcome)


class Guarded:
    """An ASGI endpoint that answers preflights, keeps the rate, and turns failures into answers."""

    def __init__(self, origins: Origins, limit: RateLimit, work: Work) -> None:
        self._origins = origins
        self._limit = limit
        self._work = work

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = Headers(scope)
        if scope["method"] == "OPTIONS":
            await send_bytes(send, 204, b"", b"text/plain", self._origins.preflight(headers))
            return
        cors = self._origins.headers(headers.get(b"origin"))
        try:
            self._limit.take(scope["client"][0] if scope.get("client") else "")
            await self._work(scope, receive, send, headers, cors)
        except RollcallError as error:
            await send_failure(send, error, cors)


def _batch(body: dict[str, Any]) -> list[Any]:
    items = body.get("batch")
    if not isinstance(items, list):
        raise InvalidValue("batch is a list of events.", ("batch",))
    return items


def _visitor(secret: Any, decoded: Decoded) -> str | None:
    """Give the visitor that a secret proves, if the events are his."""
    if secret is None:
        return None
    proven = anonymous_id(secret) if isinstance(secret, str) else None
    mine = all(event.anonymous_id == proven for event in decoded.events)
    if proven is None or not mine:
        message = "The secret does not belong to the anonymousId of these events; the answer tells no audiences."
        decoded.warnings.append(Complaint(0, "wrong_secret", "visitorSecret", message))
        return None
    return proven


def _answer(decoded: Decoded, outcome: Outcome) -> dict[str, Any]:
    warnings = [
        *decoded.warnings,
        *(
            Complaint(decoded.indexes[at], "identity_conflict", "", f"Kept, but it links nobody: {reason}.")
            for at, reason in outcome.conflicts.items()
        ),
    ]
    visitor = outcome.visitor
    return {
        "success": True,
        "accepted": outcome.accepted,
        "duplicate": outcome.duplicate,
        "rejected": complaints(decoded.rejected),
        "warnings": complaints(warnings),
        "visitor": None if visitor is None else {"known": visitor.known, "audiences": visitor.audiences},
    }
