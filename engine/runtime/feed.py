"""Live changes within this process: what was committed is told to everyone who listens."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from engine.domain.audiences import Cause, Transition
from engine.domain.lateness import Lateness
from engine.ports import Notice

MOST_BEHIND = 1_000


class Feed:
    """Listeners and their queues; publishing never waits."""

    def __init__(self) -> None:
        self._queues: set[asyncio.Queue[Notice | None]] = set()
        self._closed = False
        self.moved: Counter[tuple[Transition, Cause]] = Counter()
        """How many entries and exits this process has committed."""
        self.lateness = Lateness()

    @property
    def is_heard(self) -> bool:
        """Whether anyone listens."""
        return bool(self._queues)

    def publish(self, notice: Notice) -> None:
        """Tell everyone who listens; one who is too far behind loses the oldest."""
        self._put(notice)

    def close(self) -> None:
        """End what everyone hears, so that a server that stops need not wait for live pages."""
        self._closed = True
        self._put(None)

    def _put(self, notice: Notice | None) -> None:
        for queue in self._queues:
            if queue.full():
                queue.get_nowait()
            queue.put_nowait(notice)

    @asynccontextmanager
    async def listen(self) -> AsyncIterator[AsyncIterator[Notice]]:
        """Follow notices from now on."""
        queue: asyncio.Queue[Notice | None] = asyncio.Queue(MOST_BEHIND)
        if self._closed:
            queue.put_nowait(None)
        self._queues.add(queue)
        try:
            yield _each(queue)
        finally:
            self._queues.discard(queue)


async def _each(queue: asyncio.Queue[Notice | None]) -> AsyncIterator[Notice]:
    while (notice := await queue.get()) is not None:
        yield notice
