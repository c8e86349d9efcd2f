"""`rollcall preview`: what to append to a page's address to see it as members of some audiences do."""

from __future__ import annotations

from collections.abc import Sequence

from cli.configuration import existing
from collector.previews import preview_query
from engine.assembly import open_parts
from engine.errors import InvalidValue, NotFound
from engine.settings import Settings

DAY = 86_400_000


async def link(settings: Settings, slugs: Sequence[str], days: int) -> None:
    """Print the end of an address. Raises NotFound for an audience that there is not."""
    existing(settings)
    if not 1 <= days <= 365:
        raise InvalidValue("A preview link lasts 1 to 365 days.", ("days",))
    async with open_parts(settings) as parts:
        engine = parts.engine
        for slug in slugs:
            if engine.audiences.by_slug(slug.removeprefix("!")) is None:
                raise NotFound(f"There is no audience {slug.removeprefix('!')}. `rollcall audiences list` tells all.")
        print("?" + preview_query(engine.veil, slugs, engine.clock.now() + days * DAY))
