"""The way in over HTTP: POST /v1/batch and its short forms, the pixel, `me`, and the clock of a simulation.

Plain ASGI on the hot path: a request object costs more here than all that is done with it."""

from __future__ import annotations

import logging
import time
from base64 import b64decode
from collections.abc import Awaitable, Callable
from typing import Any
from uuid import uuid4

from starlette.types import Receive, Scope, Send

from collector.answers import (
    STATUS,
    Cors,
    Origins,
    complaints,
    send_bytes,
    send_failure,
    send_json,
    send_nothing,
    send_stream,
)
from collector.inbox import Inbox, NotProcessed
from collector.limits import MOST_EVENTS
from collector.live import NOBODY, Live
from collector.metrics import Metrics
from collector.previews import previewed
from collector.protocols.bots import BOT
from collector.protocols.decoded import Complaint, Decoded, Sender
from collector.protocols.pixel import event_of
from collector.protocols.segment import decode, refuse
from collector.requests import Gone, Headers, TooLarge, read_object, require_server, sender_of
from collector.segment_browser import SegmentBrowser
from collector.visitor_cookie import VisitorCookie, kept
from collector.visitors import from_authorization
from engine.domain.events import Trust
from engine.domain.keys import Key, KeyKind, Proof
from engine.domain.keys import Scope as KeyScope
from engine.domain.visitors import anonymous_id
from engine.errors import InvalidValue, NotFound, RollcallError
from engine.ports import Engine, Limits, Outcome, Submission
from engine.settings import keeps_bots, needs_of
from engine.values import FARTHEST, format_time

GIF = b64decode("R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7")

PRERENDERED = "Not counted: the browser renders this page in advance, and nobody looks at it (Sec-Purpose)."

_log = logging.getLogger(__name__)
Work = Callable[[Scope, Receive, Send, Headers, Cors], Awaitable[None]]


class Endpoints:
    """What the routes lead to."""

    def __init__(self, engine: Engine, inbox: Inbox, metrics: Metrics) -> None:
        self._engine = engine
        self._inbox = inbox
        self._metrics = metrics
        self._needs = needs_of(engine.settings.attributes)
        self._keeps_bots = keeps_bots(engine.settings)
        self._origins = Origins(engine.settings.allowed_origins, engine.settings.visitor_cookie)
        self.cookie = VisitorCookie(engine, self._origins)
        self.segment_browser = SegmentBrowser(engine.keys, self._origins)
        self._live = Live(engine)
        metrics.live_streams.set_function(lambda: len(self._live))

    def guarded(self, work: Work) -> Guarded:
        """Wrap an endpoint: preflights, rate limit, and failures as answers."""
        return Guarded(self._origins, self._engine.limits, self._metrics, work)

    def collect(self, type: str | None) -> Guarded:
        """Take one call of a type, or a batch when the type is None."""

        async def work(scope: Scope, receive: Receive, send: Send, headers: Headers, cors: Cors) -> None:
            body = await read_object(receive, headers)
            key = self._sender(scope, headers, body, cors)
            proof = self._proof(body.get("identityToken"))
            items = _batch(body) if type is None else [{**body, "type": type}]
            if headers.in_advance:
                await send_json(send, 200, self._not_counted(items), cors)
                return
            around = body if type is None else {}
            said = body.get("visitorSecret")
            cookie = None if said is not None else self.cookie.secret(headers, key)
            answer = await self._take(items, around, said, key, headers, proof, cookie)
            renewed = [kept(cookie)] if cookie and answer["visitor"] else []
            await send_json(send, 200, answer, [*cors, *renewed])

        return self.guarded(work)

    async def pixel(self, scope: Scope, receive: Receive, send: Send, headers: Headers, cors: Cors) -> None:
        """Take one event from a query, for e-mail and pages without script; always a picture, the status tells more."""
        status = 200
        try:
            key = self._sender(scope, headers, {}, cors)
            item = event_of(scope["query_string"])
            if headers.in_advance or scope["method"] == "HEAD":
                self._not_counted([item])
            else:
                await self._take([item], {}, None, key, headers)
        except RollcallError as error:
            self._metrics.failures.labels(error.code).inc()
            status = STATUS.get(error.code, 400)
        await send_bytes(send, status, GIF, b"image/gif", cors)

    async def me(self, scope: Scope, receive: Receive, send: Send, headers: Headers, cors: Cors) -> None:
        """Tell a visitor with his secret what he may know of himself; the same empty answer for one never seen."""
        cookie = self.cookie.secret(headers)
        visitor = from_authorization(headers.get(b"authorization")) or (anonymous_id(cookie) if cookie else None)
        if visitor is None:
            await send_json(send, 200, {"known": False, "audiences": []}, cors)
            return
        found = await self._engine.profiles.visitor(visitor)
        await send_json(send, 200, {"known": found.known, "audiences": found.audiences}, cors)

    async def live(self, scope: Scope, receive: Receive, send: Send, headers: Headers, cors: Cors) -> None:
        """Tell a visitor what `me` tells, now and whenever it changes, until he goes; the secret stands in the body."""
        body = await read_object(receive, headers)
        key = self._sender(scope, headers, body, cors)
        visitor = _proven(body.get("visitorSecret") or self.cookie.secret(headers, key))
        if visitor is None:  # told once, as `me` tells it
            await send_stream(send, cors)
            await send({"type": "http.response.body", "body": NOBODY})
            return
        with self._live.follow(visitor, _address(scope)) as follower:
            await self._live.view(follower)  # a storage that fails is still told by the status
            await send_stream(send, cors)
            await self._live.send(follower, receive, send)

    async def preview(self, scope: Scope, receive: Receive, send: Send, headers: Headers, cors: Cors) -> None:
        """Tell whom a preview link shows; of the visitor nothing is asked."""
        body = await read_object(receive, headers)
        self._sender(scope, headers, body, cors)
        seal = body.get("seal")
        if not isinstance(seal, str):
            raise InvalidValue("seal is what the link says as rollcall_seal.", ("seal",))
        await send_json(send, 200, {"shown": previewed(self._engine.veil, seal, self._engine.clock.now())}, cors)

    async def advance(self, scope: Scope, receive: Receive, send: Send, headers: Headers, cors: Cors) -> None:
        """Move a simulated clock on."""
        simulation = self._engine.simulation
        if simulation is None:
            raise NotFound("The clock is real. Start with --simulated-clock to move it.")
        require_server(headers, self._engine.keys, KeyScope.SIMULATION)
        seconds = (await read_object(receive, headers)).get("seconds")
        if isinstance(seconds, float) and seconds.is_integer():
            seconds = int(seconds)  # JSON does not tell 60 from 60.0
        if not isinstance(seconds, int) or isinstance(seconds, bool) or not 0 < seconds <= FARTHEST:
            raise InvalidValue("seconds is a whole number from 1 to ten years.", ("seconds",))
        await send_json(send, 200, {"now": format_time(await simulation.advance(seconds))}, cors)

    def _sender(self, scope: Scope, headers: Headers, body: dict[str, Any], cors: Cors) -> Key:
        key = sender_of(headers, scope["query_string"], body, self._engine.keys)
        self._origins.of_key(key, headers.get(b"origin"), cors)
        self._engine.limits.key(key.id)
        return key

    def _proof(self, token: Any) -> Proof | None:
        return None if token is None else self._engine.keys.identity(token)

    async def _take(
        self,
        items: list[Any],
        around: dict[str, Any],
        secret: Any,
        key: Key,
        headers: Headers,
        proof: Proof | None = None,
        cookie: str | None = None,
    ) -> Any:
        by_server = key.kind is KeyKind.SECRET
        trust = Trust.SERVER if by_server else Trust.CLAIMED
        user_agent = "" if by_server else headers.get(b"user-agent") or ""  # a server's own is not its visitor's
        believed = None if by_server else proof
        sender = Sender(
            source=key.id,
            trust=trust,
            received_at=self._engine.clock.now(),
            user_agent=user_agent,
            new_id=lambda index: uuid4().hex,
            proof=believed,
            needs=self._needs,
            gpc=not by_server and headers.get(b"sec-gpc") == "1",
            keeps_bots=self._keeps_bots,
        )
        begun = time.perf_counter()
        decoded = decode(_by_visitor(items, secret or cookie), around, sender)
        if decoded.bots:
            self._metrics.events.labels(BOT).inc(decoded.bots)
        visitor = _visitor(secret, decoded) if cookie is None else _of_cookie(cookie, decoded)
        try:
            outcome = await self._inbox.put(Submission(decoded.events, decoded.refusals, visitor))
        except NotProcessed as error:
            await self._keep_refused(items, decoded, Complaint(0, error.code, "", error.message), sender)
            raise
        if decoded.events:
            self._metrics.membership_seconds.observe(time.perf_counter() - begun)
            self._live.heard_of(event.anonymous_id for event in decoded.events)
        return _answer(decoded, outcome, by_server)

    def _not_counted(self, items: list[Any]) -> Any:
        """Take nothing of a page that a browser renders in advance: its visitor may never see it."""
        self._metrics.events.labels("prerendered").inc(len(items))
        told = [Complaint(index, "prerendered", "", PRERENDERED) for index in range(len(items))]
        return _answer(Decoded(rejected=told), Outcome(0, 0), by_server=False)

    async def _keep_refused(self, items: list[Any], decoded: Decoded, why: Complaint, sender: Sender) -> None:
        for index in decoded.indexes:
            refuse(decoded, items[index], why, sender)
        await self._inbox.put(Submission((), decoded.refusals))


class Guarded:
    """An ASGI endpoint that answers preflights, keeps the rate, and turns failures into answers."""

    def __init__(self, origins: Origins, limits: Limits, metrics: Metrics, work: Work) -> None:
        self._origins = origins
        self._limits = limits
        self._metrics = metrics
        self._work = work

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        headers = Headers(scope)
        if scope["method"] == "OPTIONS":
            await send_nothing(send, self._origins.preflight(headers))
            return
        cors = self._origins.headers(headers.get(b"origin"))
        try:
            self._limits.address(_address(scope))
            await self._work(scope, receive, send, headers, cors)
        except RollcallError as error:
            self._metrics.failures.labels(error.code).inc()
            await send_failure(send, error, cors)
        except Gone:
            self._metrics.failures.labels("hung_up").inc()
        except Exception:  # not 500: what we fail on once, we fail on again, and clients would send it for ever
            _log.exception("A request could not be processed.")
            self._metrics.failures.labels(NotProcessed.code).inc()
            await send_failure(send, NotProcessed("Rollcall failed on this request; its log tells more."), cors)


def _address(scope: Scope) -> str:
    return str(scope["client"][0]) if scope.get("client") else ""


def _batch(body: dict[str, Any]) -> list[Any]:
    items = body.get("batch")
    if not isinstance(items, list):
        raise InvalidValue("batch is a list of events.", ("batch",))
    if len(items) > MOST_EVENTS:
        raise TooLarge(f"A batch holds at most {MOST_EVENTS} events.")
    return items


def _by_visitor(items: list[Any], secret: Any) -> list[Any]:
    """Let the secret say whose an event is that names no device: the tag leaves the derived id to us."""
    device = None if secret is None else _proven(secret)
    if device is None:
        return items
    return [{**one, "anonymousId": one.get("anonymousId") or device} if isinstance(one, dict) else one for one in items]


def _proven(secret: Any) -> str | None:
    return anonymous_id(secret) if isinstance(secret, str) else None


def _visitor(secret: Any, decoded: Decoded) -> str | None:
    """Give the visitor that a secret proves, if the events are his."""
    if secret is None:
        return None
    proven = _proven(secret)
    mine = all(event.anonymous_id == proven for event in decoded.events)
    if proven is None or not mine:
        message = "The secret does not belong to the anonymousId of these events; the answer tells no audiences."
        decoded.warnings.append(Complaint(0, "wrong_secret", "visitorSecret", message))
        return None
    return proven


def _of_cookie(secret: str, decoded: Decoded) -> str | None:
    """Give the visitor that a cookie proves, if the events are his; nobody chose to send it, so nobody is warned."""
    proven = anonymous_id(secret)
    return proven if all(event.anonymous_id == proven for event in decoded.events) else None


def _answer(decoded: Decoded, outcome: Outcome, by_server: bool) -> dict[str, Any]:
    """Write the answer. Of conflicts only servers are told: they show who else is here (docs/decisions/0009)."""
    warnings = [
        *decoded.warnings,
        *(
            Complaint(decoded.indexes[at], "identity_conflict", "", f"Kept, but it links nobody: {reason}.")
            for at, reason in outcome.conflicts.items()
            if by_server
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
