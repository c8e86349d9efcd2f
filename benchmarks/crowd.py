"""A million profiles in minutes: some four thousand live through the engine, then all that they left is copied."""

from __future__ import annotations

import random
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

from benchmarks.traffic import TOPICS
from engine.assembly import Parts
from engine.domain.columns import SIZE
from engine.domain.events import Context, Event
from engine.ports import Submission
from engine.storage.sqlite import connect

DAYS = 90
AT_ONCE = 200


async def live(parts: Parts, seed: int = 1) -> int:
    """Let as many people as a block has positions live for three months, up to now; gives how many."""
    chance, now = random.Random(seed), parts.engine.clock.now()
    count = SIZE - 1  # ids begin at 1
    for first in range(0, count, AT_ONCE):
        people = range(first, min(first + AT_ONCE, count))
        events = [one for number in people for one in life(chance, number, now)]
        await parts.engine.ingest.ingest([Submission(events)])
    return count


def life(chance: random.Random, number: int, now: int) -> Iterator[Event]:
    """Give the events of one person: up to twelve pages, perhaps a purchase, perhaps a name."""
    ago = chance.random() * DAYS
    for page in range(chance.randrange(1, 13)):
        yield _event(number, f"page-{page}", "page", now, ago, context=_context(chance))
        ago *= chance.random()
    if chance.random() < 0.2:
        bought = {"total": chance.randrange(1, 200)}
        yield _event(number, "purchase", "track", now, ago, name="purchase", properties=bought)
    if chance.random() < 0.4:
        email = f"person{number}@{chance.choice(('acme.example', 'example.org'))}"
        traits = {"plan": chance.choice(("free", "pro", "gold")), "age": chance.randrange(18, 90)}
        yield _event(number, "name", "identify", now, ago, email=email, traits=traits)


def _context(chance: random.Random) -> Context:
    return Context(
        device=chance.choice(("mobile", "desktop", "tablet")),
        channel=chance.choice(("email", "paid", "social", None)),
        browser=chance.choice(("Chrome", "Firefox", "Safari")),
        topics={topic: round(chance.random(), 2) for topic in chance.sample(TOPICS, 2)},
    )


def _event(number: int, what: str, type: str, now: int, ago: float, **said: Any) -> Event:
    at = now - 1000 - int(ago * 86_400_000)
    who: dict[str, Any] = {"source": "crowd", "message_id": f"{number}-{what}", "anonymous_id": str(number)}
    return Event(type=type, occurred_at=at, received_at=at, **who, **{"name": type, **said})


def copy(database: Path, blocks: int) -> int:
    """Copy the first block's subjects, fragments and columns (not its events) until there are so many blocks; gives
    how many profiles there are then."""
    with closing(connect(database)) as connection:
        connection.execute("PRAGMA synchronous = OFF")
        columns = [name for _, name, *_ in connection.execute("PRAGMA table_info(subjects)")]
        for block in range(1, blocks):
            connection.execute("BEGIN")
            _copy(connection, block, columns)
            connection.execute("COMMIT")
        (count,) = connection.execute("SELECT count(*) FROM subjects").fetchone()
    return int(count)


def _copy(connection: sqlite3.Connection, block: int, columns: list[str]) -> None:
    on = block * SIZE
    moved = ", ".join(f"{name} + {on}" if name in ("id", "profile_id") else name for name in columns)
    connection.execute(f"INSERT INTO subjects ({', '.join(columns)}) SELECT {moved} FROM subjects WHERE id < {SIZE}")
    connection.execute(
        "INSERT INTO fragments (profile_id, device, trust, subject_id, state)"
        f" SELECT profile_id + {on}, device || '-{block}', trust, subject_id, state FROM fragments"
        f" WHERE profile_id < {SIZE}"
    )
    connection.execute(
        f"INSERT INTO columns (block, name, data) SELECT {block}, name, data FROM columns WHERE block = 0"
    )
