"""The live line of the panel: a line of JSON for each change of this device's subject, empty ones as heartbeats."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from typing import Any

import msgspec

from demo_site.panel import shareable
from demo_site.wording import because
from engine.domain.audiences import MembershipChange, Transition
from engine.ports import Engine, Notice

HEARTBEAT_SECONDS = 20.0


async def lines(engine: Engine, anonymous_id: str, heartbeat: float = HEARTBEAT_SECONDS) -> AsyncGenerator[bytes]:
    """Follow one device until the reader goes; closing the generator stops listening."""
    async with engine.feed.listen() as notices, aclosing(_with_heartbeat(notices, heartbeat)) as paced:
        yield b"\n"
        async for notice in paced:
            if notice is None:
                yield b"\n"
            elif (subject := await _subject(engine, anonymous_id)) in notice.subjects:
                yield msgspec.json.encode({"changes": _changes(engine, notice, subject)}) + b"\n"


async def _with_heartbeat(notices: AsyncIterator[Notice], seconds: float) -> AsyncGenerator[Notice | None]:
    """Pass notices on, and None whenever there was none for so long."""
    coming = asyncio.ensure_future(anext(notices))
    try:
        while True:
            done, _ = await asyncio.wait({coming}, timeout=seconds)
            if not done:
                yield None
                continue
            try:
                notice = coming.result()
            except StopAsyncIteration:
                return
            coming = asyncio.ensure_future(anext(notices))
            yield notice
    finally:
        coming.cancel()
        await asyncio.wait({coming})


async def _subject(engine: Engine, anonymous_id: str) -> int | None:
    """Tell the subject this device sees itself as; it becomes another one when a claim joins it to a profile."""
    profile = await engine.profiles.of_visitor(anonymous_id)
    return profile.id if profile else None


def _changes(engine: Engine, notice: Notice, subject: int | None) -> list[dict[str, Any]]:
    own = (change for change in notice.changes if change.subject_id == subject)
    return [_change(engine, change) for change in own if shareable(engine, change.audience_slug)]


def _change(engine: Engine, change: MembershipChange) -> dict[str, Any]:
    audience = engine.audiences.by_slug(change.audience_slug)
    verb = "Entered" if change.transition is Transition.ENTERED else "Left"
    name = audience.name if audience else change.audience_slug
    return {
        "audience": change.audience_slug,
        "transition": change.transition,
        "cause": change.cause,
        "text": f"{verb} {name}, {because(change.cause, None)}",
    }
