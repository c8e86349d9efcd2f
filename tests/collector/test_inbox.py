"""The bounded inbox: group commit, overload said early, one bad request spoils no other, an orderly end."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest

from collector.inbox import MOST_AT_ONCE, Inbox, NotProcessed
from engine.domain.events import Event
from engine.errors import Overloaded, RollcallError, StorageUnavailable
from engine.ports import Outcome, Submission

POISON = "poison"


class Gate:
    """An ingest that writes nothing until it is opened, and notes each round."""

    def __init__(self, *, opened: bool = True) -> None:
        self.rounds: list[int] = []
        self.failure: Exception | None = None
        self._opened = asyncio.Event()
        if opened:
            self._opened.set()

    def open(self) -> None:
        self._opened.set()

    async def ingest(self, submissions: Sequence[Submission]) -> Sequence[Outcome]:
        await self._opened.wait()
        self.rounds.append(len(submissions))
        if self.failure is not None:
            raise self.failure
        if any(event.name == POISON for one in submissions for event in one.events):
            raise ValueError("a mistake of ours")
        return [Outcome(len(one.events), 0) for one in submissions]


def submission(count: int = 1, name: str = "page") -> Submission:
    event = Event(source="s", message_id="m", type="page", name=name, occurred_at=0, received_at=0)
    return Submission([event] * count)


async def test_what_gathers_while_a_round_is_written_goes_into_the_next_one() -> None:
    gate = Gate(opened=False)
    async with Inbox(gate, 1_000) as inbox:
        puts = [asyncio.create_task(inbox.put(submission())) for _ in range(10)]
        await asyncio.sleep(0.01)
        more = [asyncio.create_task(inbox.put(submission())) for _ in range(20)]
        await asyncio.sleep(0.01)
        gate.open()
        outcomes = await asyncio.gather(*puts, *more)

    assert gate.rounds == [10, 20]
    assert [outcome.accepted for outcome in outcomes] == [1] * 30


async def test_a_round_is_bounded() -> None:
    gate = Gate(opened=False)
    async with Inbox(gate, 10_000) as inbox:
        puts = [asyncio.create_task(inbox.put(submission(MOST_AT_ONCE // 2))) for _ in range(5)]
        await asyncio.sleep(0.01)
        gate.open()
        await asyncio.gather(*puts)

    assert gate.rounds == [2, 2, 1]


async def test_a_full_inbox_says_so_at_once_and_takes_again_when_there_is_room() -> None:
    gate = Gate(opened=False)
    async with Inbox(gate, 10) as inbox:
        waiting = asyncio.create_task(inbox.put(submission(8)))
        await asyncio.sleep(0.01)
        with pytest.raises(Overloaded):
            await inbox.put(submission(8))
        gate.open()
        await waiting
        assert (await inbox.put(submission(8))).accepted == 8
        assert inbox.depth == 0


async def test_refusals_need_room_too() -> None:
    gate = Gate(opened=False)
    async with Inbox(gate, 10) as inbox:
        waiting = asyncio.create_task(inbox.put(Submission((), submission(8).events)))  # type: ignore[arg-type]
        await asyncio.sleep(0.01)
        with pytest.raises(Overloaded):
            await inbox.put(submission(8))
        gate.open()
        await waiting


async def test_a_request_larger_than_the_inbox_passes_when_nothing_waits() -> None:
    async with Inbox(Gate(), 10) as inbox:
        assert (await inbox.put(submission(100))).accepted == 100


@pytest.mark.parametrize("failure", [StorageUnavailable("full"), Overloaded("busy")])
async def test_a_failure_of_the_storage_is_told_to_everyone_and_then_it_goes_on(failure: RollcallError) -> None:
    gate = Gate()
    gate.failure = failure
    async with Inbox(gate, 100) as inbox:
        told = await asyncio.gather(*(inbox.put(submission()) for _ in range(3)), return_exceptions=True)
        gate.failure = None
        assert (await inbox.put(submission())).accepted == 1

    assert told == [failure] * 3


async def test_a_request_that_we_fail_on_spoils_no_other() -> None:
    gate = Gate()
    async with Inbox(gate, 100) as inbox:
        names = ["page", POISON, "page"]
        told = await asyncio.gather(*(inbox.put(submission(1, name)) for name in names), return_exceptions=True)

    assert [type(one) for one in told] == [Outcome, NotProcessed, Outcome]


async def test_at_the_end_what_waits_is_written_and_nothing_more_is_taken() -> None:
    gate = Gate(opened=False)
    inbox = Inbox(gate, 100)
    async with inbox:
        waiting = asyncio.create_task(inbox.put(submission()))
        await asyncio.sleep(0.01)
        gate.open()

    assert (await waiting).accepted == 1
    with pytest.raises(StorageUnavailable):
        await inbox.put(submission())
