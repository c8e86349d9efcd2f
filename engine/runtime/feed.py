"""Live changes within this process: what was committed is told to everyone who listens."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from engine.ports import Notice

MOST_BEHIND = 1_000


class Feed:
    """Listeners and their queues; publishing never waits."""

    def __init__(self) -> None:
        self._queues: set[asyncio.Queue[Notice]] = set()

    @property
    def is_heard(self) -> bool:
        """Whether anyone listens."""
        return bool(self._queues)

    def publish(self, notice: Notice) -> None:
        """Tell everyone who listens; one who is too far behind loses the oldest."""
        for queue in self._queues:
            if queue.full():
                queue.get_nowait()
            queue.put_nowait(notice)

    @asynccontextmanager
    async def listen(self) -> AsyncIterator[AsyncIterator[Notice]]:
        """Follow notices from now on."""
        queue: asyncio.Queue[Notice] = asyncio.Queue(MOST_BEHIND)
        self._queues.add(queue)
        try:
            yield _each(queue)
        finally:
            self._queues.discard(queue)


async def _each(queue: asyncio.Queue[Notice]) -> AsyncIterator[Notice]:
    while True:
        yield await queue.get()
