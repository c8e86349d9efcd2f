"""Operations over a WebSocket: the protocol graphql-transport-ws, message by message.

By hand, on graphql-core's `subscribe`: strawberry's handler runs strawberry's own schema, so our cached documents,
limits, guards and masked errors would be left out, and what it would save is five kinds of messages. npm's graphql-ws
is the other side of a test. A subscription begins before the next message is read: who gets a pong for a ping sent
after it knows that nothing is missed from there on."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any, Final

import msgspec
from starlette.datastructures import Headers
from starlette.websockets import WebSocket, WebSocketDisconnect

from engine.errors import Overloaded, RollcallError, Unauthorized
from graphql_api.authorization import Caller, Server, Visitor, caller_of
from graphql_api.documents import InvalidDocument
from graphql_api.errors import CODES, refused, told
from graphql_api.live import EVERYTHING, MOST_SOCKETS_OF_ONE, Follower, Stopping, owner_of
from graphql_api.request import LARGEST_FOR_SERVERS, LARGEST_FOR_VISITORS, BadRequest, Operation
from graphql_api.running import Refused, Runner

PROTOCOL: Final = "graphql-transport-ws"
INIT_WITHIN: Final = 10.0
TAKES_AT_MOST: Final = 30.0
"""Seconds in which a reader must take what he is sent."""
CLOSES_WITHIN: Final = 5.0
LONGEST_REASON: Final = 120
"""Bytes; a close frame has no more."""
MOST_AT_ONCE: Final = 50
"""Operations of one socket."""
GOING_AWAY, SLOW = 1001, 1013
BAD, UNAUTHORIZED, FORBIDDEN, LATE, TAKEN, TOO_MUCH = 4400, 4401, 4403, 4408, 4409, 4429
_NOBODY: Final = Visitor()
_CLOSE: Final = {"UNAUTHORIZED": UNAUTHORIZED, "FORBIDDEN": FORBIDDEN, "OVERLOADED": TOO_MUCH}


class Init(msgspec.Struct, tag_field="type", tag="connection_init", frozen=True):
    """Who asks: `authorization` as the header of that name has it, which browsers cannot set here."""

    payload: dict[str, Any] | None = None


class Subscribe(msgspec.Struct, tag_field="type", tag="subscribe", frozen=True):
    """Run an operation."""

    id: str
    payload: Operation


class Complete(msgspec.Struct, tag_field="type", tag="complete", frozen=True):
    """Run it no more."""

    id: str


class Ping(msgspec.Struct, tag_field="type", tag="ping", frozen=True):
    """Is anybody there?"""

    payload: dict[str, Any] | None = None


class Pong(msgspec.Struct, tag_field="type", tag="pong", frozen=True):
    """Yes."""

    payload: dict[str, Any] | None = None


Incoming = Init | Subscribe | Complete | Ping | Pong
_read: Final[Callable[[str], Incoming]] = msgspec.json.Decoder(Incoming).decode


class Closed(Exception):
    """The socket is to be closed: with which code, and why."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason


class Sockets:
    """Takes WebSockets in."""

    def __init__(self, runner: Runner, origins: Sequence[str]) -> None:
        self._runner = runner
        self._origins = {origin.rstrip("/") for origin in origins}

    async def serve(self, socket: WebSocket) -> None:
        """Serve one socket to its end; pages of other origins than the settings allow get none."""
        origin = socket.headers.get("origin")
        if origin is not None and not ("*" in self._origins or origin in self._origins):
            await socket.close(FORBIDDEN, "This origin is not allowed here.")  # before it is accepted: 403
            return
        owner = f"socket of {owner_of(_NOBODY, socket.client)}"
        try:
            if socket.client is not None:
                self._runner.engine.limits.address(socket.client.host)
            with self._runner.live.place(owner, MOST_SOCKETS_OF_ONE):
                await self._accepted(socket)
        except RollcallError:
            await socket.close(TOO_MUCH)

    async def _accepted(self, socket: WebSocket) -> None:
        if PROTOCOL not in socket.scope.get("subprotocols", ()):
            await socket.accept()
            await socket.close(4406, f"The subprotocol is {PROTOCOL}.")
            return
        await socket.accept(PROTOCOL)
        async with self._runner.live.follow(EVERYTHING, concerns=lambda _: False) as end:
            await Connection(self._runner, socket).serve(end)


class Connection:
    """One socket that speaks the protocol."""

    def __init__(self, runner: Runner, socket: WebSocket) -> None:
        self._runner = runner
        self._socket = socket
        self._caller: Caller | None = None
        self._at_work: dict[str, asyncio.Task[None]] = {}
        self._broken: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    async def serve(self, end: Follower) -> None:
        """Read messages until the socket, or the server, ends."""
        reading, ending = asyncio.ensure_future(self._listen()), asyncio.ensure_future(_ended(end))
        try:
            await asyncio.wait({reading, ending, self._broken}, return_when=asyncio.FIRST_COMPLETED)
            for one in (self._broken, reading, ending):
                if one.done():
                    one.result()
        except Closed as closed:
            await self._close(closed)
        finally:
            self._broken.cancel()
            tasks = {reading, ending, *self._at_work.values()}
            for task in tasks:
                task.cancel()
            await asyncio.wait(tasks)

    async def _listen(self) -> None:
        try:
            try:
                await asyncio.wait_for(self._greet(), INIT_WITHIN)
            except TimeoutError:
                raise Closed(LATE, "Send connection_init first, without delay.") from None
            while True:
                await self._take(await self._message())
        except WebSocketDisconnect:
            return

    async def _greet(self) -> None:
        """Learn who asks."""
        while self._caller is None:
            match await self._message():
                case Init(payload):
                    self._caller = self._admitted(payload or {})
                case Ping():
                    await self._send({"type": "pong"})
                case Subscribe():
                    raise Closed(UNAUTHORIZED, "Send connection_init first.")
        await self._send({"type": "connection_ack"})

    def _admitted(self, payload: dict[str, Any]) -> Caller:
        said = payload.get("authorization", payload.get("Authorization"))
        if not isinstance(said, str | None):
            raise Closed(BAD, "`authorization` is a text, as the header of that name.")
        headers = self._socket.headers.mutablecopy()
        if said is not None:
            headers["authorization"] = said
        try:
            return caller_of(Headers(raw=headers.raw), self._runner.engine.keys)
        except RollcallError as error:
            raise Closed(_CLOSE[CODES[error.code]], error.message) from None

    async def _message(self) -> Incoming:
        """Read the next message. Raises Closed for what is none, or too large."""
        message = await self._socket.receive()
        if message["type"] != "websocket.receive":
            raise WebSocketDisconnect(message.get("code", 1000))
        text = message.get("text")
        largest = LARGEST_FOR_SERVERS if isinstance(self._caller, Server) else LARGEST_FOR_VISITORS
        if text is None:
            raise Closed(BAD, "Messages are text.")
        if len(text.encode()) > largest:
            raise Closed(1009, f"A message is larger than {largest} bytes.")
        try:
            return _read(text)
        except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
            raise Closed(BAD, f"This is not a message of {PROTOCOL}: {error}.") from None

    async def _take(self, message: Incoming) -> None:
        match message:
            case Init():
                raise Closed(TOO_MUCH, "Too many initialisation requests.")
            case Ping():
                await self._send({"type": "pong"})
            case Complete(id) if id in self._at_work:
                self._at_work.pop(id).cancel()
            case Subscribe(id) if id in self._at_work:
                raise Closed(TAKEN, f"Subscriber for {id} already exists.")
            case Subscribe():
                await self._begin(message)

    async def _begin(self, asked: Subscribe) -> None:
        """Set an operation to work, and wait until a subscription has begun."""
        begun = asyncio.Event()
        task = asyncio.create_task(self._work(asked, begun))
        self._at_work[asked.id] = task
        task.add_done_callback(lambda _: begun.set())
        await begun.wait()

    async def _work(self, asked: Subscribe, begun: asyncio.Event) -> None:
        """Run an operation, and tell how it ends."""
        try:
            last = await self._run(asked, begun)
            self._forget(asked.id)
            await self._send({"id": asked.id, **last})
        except Stopping:
            return  # the socket is closed, so that the client comes back
        except TimeoutError:
            if not self._broken.done():
                self._broken.set_exception(Closed(SLOW, "Nobody takes what is sent: resume later."))
        except (WebSocketDisconnect, RuntimeError):
            return  # nobody is there to be told

    async def _run(self, asked: Subscribe, begun: asyncio.Event) -> dict[str, Any]:
        """Run an operation to its end, and give the message that tells of it."""
        try:
            caller = self._asking(asked)
            if not self._runner.is_endless(caller, asked.payload):
                begun.set()
                await self._send_next(asked.id, await self._runner.run(caller, asked.payload))
                return {"type": "complete"}
            owner = owner_of(caller, self._socket.client)
            async with self._runner.follow(caller, asked.payload, owner) as bodies:
                begun.set()
                async for body in bodies:
                    await self._send_next(asked.id, body)
            return {"type": "complete"}
        except (Refused, RollcallError, InvalidDocument, BadRequest) as error:
            return {"type": "error", "payload": _errors(error)}

    def _asking(self, asked: Subscribe) -> Caller:
        """Tell who asks, unless he asks too often. Raises Overloaded, Unauthorized."""
        limits, caller = self._runner.engine.limits, self._caller or _NOBODY
        if len(self._at_work) > MOST_AT_ONCE:
            raise Overloaded(f"At most {MOST_AT_ONCE} operations run on one socket at once.")
        if self._socket.client is not None:
            limits.address(self._socket.client.host)
        if isinstance(caller, Server):
            limits.key(caller.key.id)
            if self._runner.engine.keys.live(caller.key.id) is None:
                raise Unauthorized("This key is not known here.")
        return caller

    def _forget(self, id: str) -> None:
        if self._at_work.get(id) is asyncio.current_task():
            del self._at_work[id]

    async def _send_next(self, id: str, body: dict[str, Any]) -> None:
        await self._send({"id": id, "type": "next", "payload": body})

    async def _send(self, message: dict[str, Any]) -> None:
        await asyncio.wait_for(self._socket.send_text(msgspec.json.encode(message).decode()), TAKES_AT_MOST)

    async def _close(self, closed: Closed) -> None:
        reason = closed.reason.encode()[:LONGEST_REASON].decode(errors="ignore")
        with suppress(TimeoutError, RuntimeError, WebSocketDisconnect):
            await asyncio.wait_for(self._socket.close(closed.code, reason), CLOSES_WITHIN)


def _errors(error: Exception) -> list[dict[str, Any]]:
    match error:
        case Refused(errors=errors):
            return errors
        case InvalidDocument():
            return [told(one, error.code) for one in error.errors]
        case RollcallError():
            errors = refused(error.message, CODES[error.code])["errors"]
            return list(errors)
        case _:
            return list(refused(str(error))["errors"])


async def _ended(end: Follower) -> None:
    try:
        await end.wait()
    except Stopping:
        raise Closed(GOING_AWAY, "The server stops.") from None
