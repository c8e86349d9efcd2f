"""Who follows what: one listener to the feed for all subscriptions of this process, and how many there may be.

A notice wakes those whom it concerns and nobody else, so a commit costs by the number of people it is about, not by
the number of pages that are open. What changed they read themselves: nothing waits in a queue for a slow reader.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable, Hashable, Iterable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field

from starlette.datastructures import Address

from engine.errors import Overloaded
from engine.ports import Feed, Notice
from engine.runtime.limits import household
from graphql_api.authorization import Caller, Server

MOST = 2_000
"""Subscriptions of this process."""
MOST_OF_ONE = 500
"""Those of one address, or of one key."""
MOST_SOCKETS_OF_ONE = 250
RETRY_AFTER = 30
MOST_WAITING = 1_000
"""Notices that a reader may leave waiting while he is given what came before."""

Topic = Hashable
"""A subject's id or a name; EVERYTHING for each notice."""
EVERYTHING: Topic = "everything"


class Stopping(Exception):
    """The server stops: who follows is to come back, so nothing is complete."""


@dataclass(eq=False, slots=True)
class Follower:
    """Somebody who waits for what concerns him."""

    concerns: Callable[[Notice], bool]
    topics: frozenset[Topic] = frozenset()
    waiting: int = 0
    """Notices since he last looked."""
    ended: bool = False
    woken: asyncio.Event = field(default_factory=asyncio.Event)

    async def wait(self) -> None:
        """Wait for something new. Raises Stopping."""
        await self.woken.wait()
        if self.ended:
            raise Stopping
        self.woken.clear()
        self.waiting = 0

    def hear(self, notice: Notice) -> None:
        """Wake up, if it concerns him."""
        if self.concerns(notice):
            self.waiting += 1
            self.woken.set()

    def end(self) -> None:
        """Stop waiting, now and ever."""
        self.ended = True
        self.woken.set()


def owner_of(caller: Caller, client: Address | None) -> str:
    """Tell whose place a subscription takes: a key's, or those of an address."""
    if isinstance(caller, Server):
        return caller.key.id
    return household(client.host) if client is not None else ""


class Live:
    """All followers of this process."""

    def __init__(self, feed: Feed, most_waiting: int = MOST_WAITING) -> None:
        self._feed = feed
        self.most_waiting = most_waiting
        self._by_topic: dict[Topic, set[Follower]] = {}
        self._followers: set[Follower] = set()
        self._places: Counter[str] = Counter()
        self._listening: asyncio.Task[None] | None = None
        self._ready = asyncio.Event()

    def __len__(self) -> int:
        return len(self._followers)

    @contextmanager
    def place(self, owner: str, most: int = MOST_OF_ONE) -> Iterator[None]:
        """Take a place of those that one has. Raises Overloaded."""
        if self._places[owner] >= most or len(self._followers) >= MOST:
            raise Overloaded("Too many live connections at once. Close some, or try again later.", RETRY_AFTER)
        self._places[owner] += 1
        try:
            yield
        finally:
            self._places[owner] -= 1
            if not self._places[owner]:
                del self._places[owner]

    @asynccontextmanager
    async def follow(
        self, *topics: Topic, concerns: Callable[[Notice], bool] = lambda _: True
    ) -> AsyncIterator[Follower]:
        """Hear of topics from now on; what is read after this has begun is missed by nobody."""
        follower = Follower(concerns)
        self._followers.add(follower)
        self.turn(follower, topics)
        if self._listening is None or self._listening.done():
            self._ready = asyncio.Event()
            self._listening = asyncio.create_task(self._listen(self._ready))
        try:
            await self._ready.wait()
            yield follower
        finally:
            self.turn(follower, ())
            self._followers.discard(follower)
            self._rest()

    def turn(self, follower: Follower, topics: Iterable[Topic]) -> bool:
        """Let somebody hear of other topics; tells whether they are others."""
        wanted = frozenset(topics)
        if wanted == follower.topics:
            return False
        for topic in follower.topics - wanted:
            beside = self._by_topic[topic]
            beside.discard(follower)
            if not beside:
                del self._by_topic[topic]
        for topic in wanted - follower.topics:
            self._by_topic.setdefault(topic, set()).add(follower)
        follower.topics = wanted
        return True

    def _rest(self) -> None:
        """Hear nothing while nobody follows: then a commit tells nobody, which costs nothing."""
        if not self._followers and self._listening is not None:
            self._listening.cancel()
            self._listening = None

    async def _listen(self, ready: asyncio.Event) -> None:
        async with self._feed.listen() as notices:
            ready.set()
            async for notice in notices:
                for follower in self._concerned(notice):
                    follower.hear(notice)
        for follower in list(self._followers):
            follower.end()

    def _concerned(self, notice: Notice) -> set[Follower]:
        topics = (EVERYTHING, *notice.subjects, *notice.named)
        return {one for topic in topics for one in self._by_topic.get(topic, ())}
