"""`rollcall rebuild`: what the log gives, compared with the live state or written over it; also beside a server."""

from __future__ import annotations

from contextlib import closing
from functools import partial

from rich.console import Console
from rich.progress import track

from cli.configuration import existing
from engine.assembly import open_parts
from engine.runtime.rebuild import AT_ONCE, Difference, differences, recount, recount_attributes, rewrite
from engine.runtime.registry import Registry, Words, build
from engine.seen import SeenAttributes, SeenEvents
from engine.settings import Settings, needs_of, zone_of
from engine.storage import audiences, columns, leaves, subjects
from engine.storage import house as memory
from engine.storage.sqlite import connect

MOST_SHOWN = 20


def check(settings: Settings) -> int:
    """Compare live with recomputed; print the differences and give how many."""
    found = compare(settings)
    for one in found[:MOST_SHOWN]:
        print(f"{one.place}: live {one.live}, recomputed {one.recomputed}")
    print("Live equals recomputed." if not found else f"{len(found)} differences.")
    return len(found)


def compare(settings: Settings) -> list[Difference]:
    """Compare live with recomputed on one snapshot, also beside a server."""
    with closing(connect(existing(settings))) as connection:
        connection.execute("BEGIN")
        stored = audiences.load(connection)
        attributes = SeenAttributes(memory.attributes(connection), {one.name: one for one in settings.attributes})
        events = SeenEvents(memory.events(connection))
        words = Words(attributes.field, attributes.field_names, frozenset(one.slug for one, _ in stored), events)
        registry = build(stored, words, Registry(), lambda asked: leaves.load(connection), zone_of(settings))
        registry.needs = needs_of(settings.attributes)
        return list(differences(connection, registry))


async def rebuild(settings: Settings) -> None:
    """Write what the log gives, and tell how much was not so."""
    existing(settings)
    async with open_parts(settings) as parts:
        house = parts.house
        last = await house.read(subjects.last_id)
        changed, at = 0, 0
        for _ in track(range(0, last, AT_ONCE), description="Rebuilding", console=Console(stderr=True)):
            ids = await house.read(partial(subjects.after, subject_id=at, until=last, limit=AT_ONCE))
            if not ids:
                break
            changed += await house.write(partial(rewrite, house, ids=ids))
            at = ids[-1]
        sizes = await house.write(partial(recount, house))
        attributes = await house.write(partial(recount_attributes, house))
        await house.write(columns.clear)
    print(
        f"{changed} fragments, {sizes} sizes and {attributes} attributes were not as the log gives them; they are now."
    )
