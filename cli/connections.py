"""One HTTP connection within bounds. Uvicorn's own waits for ever for a request, and keeps header fields without end.

Whoever is slow costs a place in `Gate.slow` and nothing else: no thread, no task, no share of the writer."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

import httptools
from uvicorn import Config
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.server import ServerState

from engine.settings import Settings

LARGEST_FIELDS = 16 * 1024
MOST_FIELDS = 64
LARGEST_ADDRESS = 32 * 1024
LARGEST_REQUEST = 8 * 1024 * 1024
"""Bytes of one request on the wire, whatever it is for; the endpoints have narrower bounds of their own."""
LOOK_EVERY = 0.5
LINGER_FOR = 2.0
"""Seconds in which one who was refused may read why; closed at once, what he still sends would cut the answer off."""
DRAIN_BODIES_FOR = 2.0
"""Seconds that a request which is only half here gets when the server is told to stop."""


@dataclass(frozen=True, slots=True)
class Refused:
    """Why a connection ends before any endpoint answers."""

    status: int
    code: str
    message: str
    retry_after: int | None = None


MALFORMED = Refused(400, "malformed", "This is not HTTP/1.1.")
HEAD_LATE = Refused(408, "timeout", "The header fields did not come in time.")
BODY_LATE = Refused(408, "timeout", "The body did not come in time.")
TOO_LARGE = Refused(413, "too_large", f"A request holds at most {LARGEST_REQUEST // 1024**2} MB.")
ADDRESS_TOO_LONG = Refused(414, "address_too_long", f"An address holds at most {LARGEST_ADDRESS // 1024} KB.")
FIELDS_TOO_LARGE = Refused(
    431, "fields_too_large", f"A request has at most {MOST_FIELDS} header fields of {LARGEST_FIELDS // 1024} KB in all."
)
STOPPING = Refused(503, "storage_unavailable", "The server is shutting down. Nothing was kept.", 2)
FULL = Refused(503, "overloaded", "Too many connections are open.", 2)


class Gate(ServerState):
    """What the connections of one server share: the bounds, who is slow, and where refusals are counted."""

    def __init__(self, settings: Settings, most: int, count: Callable[[str], None]) -> None:
        super().__init__()
        self.header_timeout = settings.header_timeout
        self.body_timeout = settings.body_timeout
        self.most = most
        self.count = count
        self.slow: dict[Connection, float] = {}
        """Whose request is not all here, with when their time is up; in the order in which they began to be slow."""
        self.unread: dict[Connection, float] = {}
        """Who does not read what was answered."""
        self.stops = False

    def run_once(self, now: float) -> None:
        """End what is overdue."""
        for connection in [one for one, until in self.slow.items() if until <= now]:
            connection.end_slow(now)
        for connection in [one for one, until in self.unread.items() if until <= now]:
            self.count("timeout")
            connection.transport.abort()

    async def run(self) -> None:
        """Look twice a second, for ever."""
        loop = asyncio.get_running_loop()
        while True:
            self.run_once(loop.time())
            await asyncio.sleep(LOOK_EVERY)

    def stop(self, now: float) -> None:
        """Give what is only half here a last, short while."""
        self.stops = True
        for waiting in (self.slow, self.unread):
            for connection, until in waiting.items():
                waiting[connection] = min(until, now + DRAIN_BODIES_FOR)

    def make_room(self) -> bool:
        """Where all places are taken, end the one who has been slow for longest; honest requests are here at once."""
        if len(self.connections) <= self.most:
            return True
        slowest = next(iter(self.slow), None)
        if slowest is None:
            return False
        self.count("overloaded")
        del self.slow[slowest]
        slowest.transport.abort()
        return True


class Connection(HttpToolsProtocol):
    """Uvicorn's connection, with bounds on time and size.

    The common request comes whole in one piece: it costs two comparisons here, no timer and no set."""

    server_state: Gate

    def __init__(
        self,
        config: Config,
        server_state: Gate,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        self._gate = server_state
        self._in_head = True
        self._whole = False
        self._slow_in_head: bool | None = None
        """In which part of the request it has been found slow; None when it is not."""
        self._refused: Refused | None = None
        self.url, self.headers = b"", []
        self._ended = False
        self._chunk = self._received = 0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Take a place."""
        super().connection_made(transport)
        if self._gate.make_room():
            self._be_slow()
        else:
            self._refuse(FULL)

    def connection_lost(self, exc: Exception | None) -> None:
        """Give the place back."""
        super().connection_lost(exc)
        self._unset_keepalive_if_required()
        self._gate.slow.pop(self, None)
        self._gate.unread.pop(self, None)

    def data_received(self, data: bytes) -> None:
        """Take the next piece of a request."""
        if self._ended:
            return
        self._chunk = len(data)
        self._received += self._chunk
        try:
            self.parser.feed_data(data)
        except httptools.HttpParserUpgrade:
            pass  # neither WebSockets nor HTTP/2 are spoken here: it is answered as HTTP/1.1
        except httptools.HttpParserError:
            self._refuse(self._refused or MALFORMED)
            return
        if not self._whole:
            self._go_on()
        elif self._slow_in_head is not None:
            self._be_done()

    def on_message_begin(self) -> None:
        """Begin to count; uvicorn would let a lone line end keep an idle connection for ever."""
        self._unset_keepalive_if_required()
        super().on_message_begin()
        self._in_head, self._whole, self._received = True, False, self._chunk

    def on_headers_complete(self) -> None:
        """Check the bounds before anything is made of the request."""
        self._in_head = False
        self._refused = self._out_of_bounds()
        if self._refused is not None:
            raise ValueError(self._refused.code)
        super().on_headers_complete()
        if self.parser.should_upgrade():
            self.cycle.keep_alive = False  # the parser takes what follows for another protocol

    def on_message_complete(self) -> None:
        """Note that it is all here."""
        self._whole = True
        super().on_message_complete()

    def pause_writing(self) -> None:
        """Note that the client does not read."""
        super().pause_writing()
        self._gate.unread[self] = self.loop.time() + self._gate.body_timeout

    def resume_writing(self) -> None:
        """Note that it reads again."""
        super().resume_writing()
        self._gate.unread.pop(self, None)

    def end_slow(self, now: float) -> None:
        """End it, for its time is up; but not where it is we who do not read."""
        gate = self._gate
        if self._ended:
            self.transport.abort()
        elif self.flow.read_paused:
            gate.slow[self] = now + gate.body_timeout
        elif self._in_head and not self._received:
            self.transport.close()  # it was opened ahead of need, as browsers do, and asked nothing
        elif gate.stops:
            self._refuse(STOPPING)
        else:
            self._refuse(HEAD_LATE if self._in_head else BODY_LATE)

    def _go_on(self) -> None:
        """Note that it is not all here, unless too much of it is."""
        if not self._in_head and self._received > LARGEST_REQUEST:
            self._refuse(TOO_LARGE)
        elif self._in_head and self._received > LARGEST_FIELDS + LARGEST_ADDRESS:
            self._refuse(self._out_of_bounds() or FIELDS_TOO_LARGE)
        elif self._slow_in_head is not self._in_head:
            self._be_slow()

    def _be_slow(self) -> None:
        gate = self._gate
        seconds = gate.header_timeout if self._in_head else DRAIN_BODIES_FOR if gate.stops else gate.body_timeout
        gate.slow[self] = self.loop.time() + seconds
        self._slow_in_head = self._in_head

    def _be_done(self) -> None:
        self._slow_in_head = None
        self._gate.slow.pop(self, None)

    def _out_of_bounds(self) -> Refused | None:
        if len(self.url) > LARGEST_ADDRESS:
            return ADDRESS_TOO_LONG
        many = len(self.headers) > MOST_FIELDS
        # What came in all is more than the fields alone: it spares most requests the sum.
        if many or (self._received > LARGEST_FIELDS and _size(self.headers) > LARGEST_FIELDS):
            return FIELDS_TOO_LARGE
        return None

    def _refuse(self, why: Refused) -> None:
        """Answer in an endpoint's stead, where none has begun to, and hang up when that is read."""
        self._gate.count(why.code)
        self._ended = True
        asked = None if self._in_head else self.cycle
        if self.cycle is not None and not self.cycle.response_complete and (asked is None or asked.response_started):
            self.transport.close()  # an earlier answer is under way
            return
        if asked is not None:
            asked.disconnected = True
            asked.message_event.set()
            if asked.response_complete:
                self._linger()
                return
        self.transport.write(_answer(why))
        self._linger()

    def _linger(self) -> None:
        """Hang up, but let the client send on for a while: it would take a reset for a lost answer."""
        if not self.transport.is_closing():
            self.transport.write_eof()
        self._gate.slow[self] = self.loop.time() + LINGER_FOR


def _size(fields: list[tuple[bytes, bytes]]) -> int:
    return sum(len(name) + len(value) + len(": \r\n") for name, value in fields)


def _answer(why: Refused) -> bytes:
    body = json.dumps({"success": False, "error": {"code": why.code, "message": why.message, "path": ""}}).encode()
    wait = "" if why.retry_after is None else f"retry-after: {why.retry_after}\r\n"
    head = (
        f"HTTP/1.1 {why.status} {HTTPStatus(why.status).phrase}\r\ncontent-type: application/json\r\n"
        f"content-length: {len(body)}\r\ncache-control: private, no-store\r\n{wait}connection: close\r\n\r\n"
    )
    return head.encode() + body
