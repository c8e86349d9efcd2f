"""The bounded inbox: many requests wait, one task takes what has gathered, one transaction answers them all."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from types import TracebackType
from typing import TypeAlias

from engine.errors import Overloaded, RollcallError, StorageUnavailable
from engine.ports import Ingest, Outcome, Submission

MOST_AT_ONCE = 1_000
"""Events in one transaction; more would make the first of them wait."""
GATHER_FOR = 0.001
"""Seconds; under load, those who were just answered come again, and one larger transaction costs less than two."""

_log = logging.getLogger(__name__)
Waiting: TypeAlias = tuple[Submission, asyncio.Future[Outcome]]


class NotProcessed(RollcallError):
    """We fail on this submission, and on no other; sent again, it would fail again."""

    code = "not_processed"


class Inbox:
    """`async with Inbox(ingest, size) as inbox`: put submissions in, get outcomes after the commit."""

    def __init__(self, ingest: Ingest, size: int) -> None:
        self._ingest = ingest
        self._size = size
        self._waiting: deque[Waiting] = deque()
        self._gathered = asyncio.Event()
        self._closing = False
        self._fails = False
        self.depth = 0
        """Events, and requests, that wait or are being written."""

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
        """Wait until the submission is on disk. Raises Overloaded at once when full, StorageUnavailable, NotProcessed.

        One that alone is larger than the inbox passes when nothing else waits."""
        weight = _rows(submission) + 1
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
                if self._waiting:
                    await asyncio.sleep(GATHER_FOR)

    def _round(self) -> list[Waiting]:
        taken = [self._waiting.popleft()]
        rows = _rows(taken[0][0])
        while self._waiting and rows + _rows(self._waiting[0][0]) <= MOST_AT_ONCE:
            taken.append(self._waiting.popleft())
            rows += _rows(taken[-1][0])
        return taken

    async def _take(self, taken: list[Waiting]) -> None:
        """Write a round; where we fail on it for no fault of the disk, each alone, so that one does not spoil all."""
        try:
            outcomes = await self._ingest.ingest([submission for submission, _ in taken])
        except RollcallError as error:
            self._note(error)
            _fail(taken, error)
        except Exception:
            _log.exception("A round of %d requests could not be processed.", len(taken))
            if len(taken) == 1:
                _fail(taken, NotProcessed("Rollcall failed on this request; its log tells more. Do not send it again."))
            else:
                for one in taken:
                    await self._take([one])
        else:
            self._note(None)
            for (_, future), outcome in zip(taken, outcomes, strict=True):
                if not future.done():
                    future.set_result(outcome)

    def _note(self, error: RollcallError | None) -> None:
        """Log when the storage begins to fail, and when it is over; not each round between."""
        fails = isinstance(error, StorageUnavailable)
        if fails and not self._fails:
            _log.error("The storage fails, and requests are answered 503: %s", error)
        elif self._fails and error is None:
            _log.info("The storage writes again.")
        self._fails = fails


def _rows(submission: Submission) -> int:
    return len(submission.events) + len(submission.refusals)


def _fail(taken: list[Waiting], error: RollcallError) -> None:
    for _, future in taken:
        if not future.done():
            future.set_exception(error)
