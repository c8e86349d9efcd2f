"""The trust that declared attributes need: when it was changed, profiles are replayed once, so that what was said with
less counts no more (or again)."""

from __future__ import annotations

import json
import sqlite3
from functools import partial

from engine.runtime.house import House
from engine.runtime.rebuild import AT_ONCE, recount_attributes, rewrite
from engine.storage import house as memory
from engine.storage import subjects


async def meet(house: House) -> None:
    """Compare it with what profiles were last made by, and make them anew where that differs."""
    now = json.dumps({name: int(trust) for name, trust in sorted(house.needs.items())})
    if (await house.read(lambda connection: memory.recall(connection, "attribute_trust")) or "{}") == now:
        return
    last = await house.read(subjects.last_id)
    ids = await house.read(partial(subjects.after, subject_id=0, until=last, limit=AT_ONCE))
    while ids:
        await house.write(partial(rewrite, house, ids=ids))
        ids = await house.read(partial(subjects.after, subject_id=ids[-1], until=last, limit=AT_ONCE))

    def note(connection: sqlite3.Connection) -> None:
        recount_attributes(house, connection)
        memory.remember(connection, "attribute_trust", now)

    await house.write(note)
