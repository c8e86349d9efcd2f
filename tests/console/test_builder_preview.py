"""A question about unsaved rules is worked on only as long as somebody waits for the answer."""

from __future__ import annotations

import asyncio

import pytest
from starlette.requests import Request
from starlette.types import Message

from console.builder_preview import while_awaited


def asked(gone: asyncio.Event) -> Request:
    """Give a request whose body is read, and which ends when its browser is gone."""

    async def receive() -> Message:
        await gone.wait()
        return {"type": "http.disconnect"}

    return Request({"type": "http", "headers": []}, receive)


async def test_an_answer_that_is_awaited_is_given() -> None:
    async def work() -> int:
        return 7

    assert await while_awaited(asked(asyncio.Event()), work()) == 7


async def test_a_failure_is_told_as_it_is() -> None:
    async def work() -> int:
        raise ValueError("odd")

    with pytest.raises(ValueError, match="odd"):
        await while_awaited(asked(asyncio.Event()), work())


async def test_work_that_nobody_awaits_ends() -> None:
    gone, ended = asyncio.Event(), asyncio.Event()

    async def work() -> int:
        gone.set()
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()
        return 7

    assert await while_awaited(asked(gone), work()) is None
    await asyncio.wait_for(ended.wait(), 5)
