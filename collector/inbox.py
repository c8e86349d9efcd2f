"""The bounded inbox: many requests wait, one task takes what has gathered, one transaction answers them all."""

from __future__ import annotations

import asyncio
from collections import deque
from types import TracebackType

from engine.errors import Overloaded, StorageUnavailable
from engine.ports import Ingest, Outcome, Submission

MOST_AT_ONCE = 1_000
"""Events in one transaction; more would make the first of them wait."""


class Inbox:
    """`async with Inbox(ingest, size) as inbox`: put submissions in, get outcomes after the commit."""

    def __init__(self, ingest: Ingest, size: int) -> None:
        self._ingest = ingest
        self._size = size
        self._waiting: deque[tuple[Submission, asyncio.Future[Outcome]]] = deque()
        self._gathered = asyncio.Event()
        self._closing = False
        self.depth = 0
        """Events that wait or are being written."""

    async def __aenter__(self) -> Inbox:
        self._task = asyncio.create_task(self._run())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._closing = True
        self._gathered.set()
        await self._task

    async def put(self, submission: Submission) -> Outcome:
        """Wait until the submission is on disk. Raises Overloaded at once when full, StorageUnavailable."""
        weight = len(submission.events) + 1
        if self._closing:
            raise StorageUnavailable("The server is shutting down.")
        if self.depth and self.depth + weight > self._size:
            raise Overloaded("Too many events are waiting. Try again in a second.")
        future: asyncio.Future[Outcome] = asyncio.get_running_loop().create_future()
        self._waiting.append((submission, future))
        self.depth += weight
        self._gathered.set()
        try:
            return await future
        finally:
            self.depth -= weight

    async def _run(self) -> None:
        while not (self._closing and not self._waiting):
            await self._gathered.wait()
            self._gathered.clear()
            while self._waiting:
                await self._take(self._round())

    def _round(self) -> list[tuple[Submission, asyncio.Future[Outcome]]]:
        taken = [self._waiting.popleft()]
        events = len(taken[0][0].events)
        while self._waiting and events + len(self._waiting[0][0].events) <= MOST_AT_ONCE:
            taken.append(self._waiting.popleft())
            events += len(taken[-1][0].events)
        return taken

    async def _take(self, taken: list[tuple[Submission, asyncio.Future[Outcome]]]) -> None:
        try:
            outcomes = await self._ingest.ingest([submission for submission, _ in taken])
        except Exception as error:  # whatever it was, everyone who waits is told, and the task lives on
            for _, future in taken:
                if not future.done():
                    future.set_exception(error)
            return
        for (_, future), outcome in zip(taken, outcomes, strict=True):
            if not future.done():
                future.set_result(outcome)
