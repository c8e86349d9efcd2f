"""The demo's people: in a new house they live their weeks one after another, so that memberships have a past."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import groupby

from rich.console import Console
from rich.progress import Progress

from demo_site.audiences import demo_audiences
from demo_site.people import people
from engine.assembly import Parts, open_parts
from engine.domain.events import Event
from engine.errors import Taken
from engine.ports import Engine, Submission
from engine.settings import Settings
from engine.storage.sqlite import path_of
from engine.system import wall_clock

HOUR = 3_600_000


@dataclass(slots=True)
class Past:
    """A clock that stands where it is put."""

    at: int

    def read(self) -> int:
        """Give milliseconds since 1970 UTC."""
        return self.at


async def fill(settings: Settings, count: int) -> None:
    """Let sample people live in a new database, up to now; one that is there already stays as it is."""
    path = path_of(settings.database)
    if path.exists():
        return
    unfinished = path.with_name(path.name + ".unfinished")
    for leftover in path.parent.glob(unfinished.name + "*"):
        leftover.unlink()
    events = list(people(wall_clock(), count))
    past = Past(events[0].occurred_at - HOUR if events else wall_clock())
    async with open_parts(replace(settings, database=f"sqlite:///{unfinished}"), past.read) as parts:
        await _make_audiences(parts.engine)
        await _live(parts, past, events)
    unfinished.rename(path)


async def _make_audiences(engine: Engine) -> None:
    for draft in demo_audiences():
        with contextlib.suppress(Taken):
            await engine.audiences.create(draft, author="Demo")


async def _live(parts: Parts, past: Past, events: Sequence[Event]) -> None:
    """Take the events an hour at a time, each hour when it was; what time alone changes in between happens then."""
    with Progress(console=Console(stderr=True)) as progress:
        task = progress.add_task("Sample people live their weeks", total=len(events))
        for _, hour in groupby(events, key=lambda event: event.occurred_at // HOUR):
            lived = list(hour)
            past.at = lived[-1].occurred_at
            while await parts.alarms.run_once():
                pass
            await parts.engine.ingest.ingest([Submission(lived)])
            progress.advance(task, len(lived))
