"""Live audiences: each page that is seen follows its own visitor, and hears when what it may know has changed.

One listener serves all streams: it wakes those whose subject changed, and each then reads its own view, as `me` does.
Nothing of what changed goes through here, so a stream cannot show what `me` would not."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, Iterable, Iterator
from contextlib import aclosing, contextmanager, suppress
from dataclasses import dataclass, field

import msgspec
from starlette.types import Receive, Send

from engine.errors import Overloaded, StorageUnavailable
from engine.ports import Engine, Notice

HEARTBEAT = 20.0
"""Seconds of silence after which a stream says that it still lives, and looks again in any case."""
AT_MOST_EVERY = 0.2
"""Seconds between two readings of one visitor: what happens meanwhile is told once."""
LASTS_FOR = 3_600.0
"""Seconds after which a stream ends; the page opens another, with a key that is checked again."""
MOST_OF_A_VISITOR = 4
"""The one opened first gives way: it may belong to a network that the visitor has left."""
RETRY_AFTER = 30

NOBODY = b'data: {"known":false,"audiences":[]}\n\n'
"""What is told once where no secret says who asks."""

_encode = msgspec.json.Encoder().encode


@dataclass(eq=False, slots=True)
class Follower:
    """One open stream."""

    visitor: str
    address: str
    subject: int | None = None
    ended: bool = False
    woken: asyncio.Event = field(default_factory=asyncio.Event)

    def end(self) -> None:
        """Let the stream end."""
        self.ended = True
        self.woken.set()


class Live:
    """All streams of this process."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._most = engine.settings.live_streams
        self._followers: dict[Follower, None] = {}
        self._of_visitor: dict[str, list[Follower]] = {}
        self._of_subject: dict[int, set[Follower]] = {}
        self._listening: asyncio.Task[None] | None = None

    def __len__(self) -> int:
        return len(self._followers)

    @contextmanager
    def follow(self, visitor: str, address: str) -> Iterator[Follower]:
        """Take a place for a stream. Raises Overloaded when all are taken, or one address has a quarter of them."""
        mine = self._of_visitor.get(visitor, [])
        if len(mine) >= MOST_OF_A_VISITOR:
            mine[0].end()
            self._remove(mine[0])
        near = sum(one.address == address for one in self._followers)
        if len(self._followers) >= self._most or near >= max(1, self._most // 4):
            raise Overloaded("Too many pages follow live. Audiences still come with every answer.", RETRY_AFTER)
        follower = Follower(visitor, address)
        self._followers[follower] = None
        self._of_visitor.setdefault(visitor, []).append(follower)
        if self._listening is None or self._listening.done():
            self._listening = asyncio.create_task(self._listen())
        try:
            yield follower
        finally:
            self._remove(follower)

    def heard_of(self, visitors: Iterable[str | None]) -> None:
        """Let those look again of whom events were stored: one never seen before has no subject to listen for."""
        for visitor in visitors if self._followers else ():
            for follower in self._of_visitor.get(visitor or "", ()):
                follower.woken.set()

    async def send(self, follower: Follower, receive: Receive, send: Send) -> None:
        """Send the body of a stream until the page goes, the server ends, or its time is over."""
        leaving = asyncio.create_task(_left(receive))
        leaving.add_done_callback(lambda _: follower.end())
        try:
            async with aclosing(self.messages(follower)) as messages:
                async for message in messages:
                    await send({"type": "http.response.body", "body": message, "more_body": True})
            await send({"type": "http.response.body", "body": b""})
        finally:
            leaving.cancel()
            with suppress(asyncio.CancelledError):
                await leaving

    async def messages(self, follower: Follower) -> AsyncGenerator[bytes]:
        """Give the visitor's view now and whenever it changes, and comments as heartbeats."""
        told, ends_at = b"", time.monotonic() + LASTS_FOR
        while not follower.ended and time.monotonic() < ends_at:
            follower.woken.clear()
            try:
                view = await self.view(follower)
            except StorageUnavailable:
                return
            yield b"data: %b\n\n" % view if view != told else b":\n\n"
            told = view
            await asyncio.sleep(AT_MOST_EVERY)
            with suppress(TimeoutError):
                await asyncio.wait_for(follower.woken.wait(), HEARTBEAT)

    async def view(self, follower: Follower) -> bytes:
        """Read what the visitor may know of himself, and be woken from now on when that changes."""
        while True:
            found = await self._engine.profiles.of_visitor(follower.visitor)
            subject = None if found is None else found.id
            if follower.subject == subject:
                break
            self._move(follower, subject)  # and look again: it may have changed before anybody listened
        slugs = sorted(one.audience.slug for one in found.audiences) if found else []
        return _encode({"known": bool(found and found.known), "audiences": slugs})

    def _move(self, follower: Follower, subject: int | None) -> None:
        if follower.subject is not None:
            beside = self._of_subject[follower.subject]
            beside.discard(follower)
            if not beside:
                del self._of_subject[follower.subject]
        if subject is not None:
            self._of_subject.setdefault(subject, set()).add(follower)
        follower.subject = subject

    def _remove(self, follower: Follower) -> None:
        self._move(follower, None)
        if follower in self._followers:
            del self._followers[follower]
            self._of_visitor[follower.visitor].remove(follower)
            if not self._of_visitor[follower.visitor]:
                del self._of_visitor[follower.visitor]
        if not self._followers and self._listening is not None:
            self._listening.cancel()
            self._listening = None

    async def _listen(self) -> None:
        async with self._engine.feed.listen() as notices:
            async for notice in notices:
                for follower in self._concerned(notice):
                    follower.woken.set()
        for follower in list(self._followers):
            follower.end()

    def _concerned(self, notice: Notice) -> list[Follower]:
        """Give those whose subject changed; all, where somebody edited an audience."""
        if not notice.subjects:
            return list(self._followers)
        return [one for id in notice.subjects for one in self._of_subject.get(id, ())]


async def _left(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
