"""What was not accepted: events with their reason, and identifications that were not followed."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Any, TypeVar

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from console.pages import Pages
from console.paging import number
from console.people import Face, face
from engine.domain.events import Conflict
from engine.ports import Engine

T = TypeVar("T")
MOST = 10_000
"""So many refusals are kept."""
SIZE = 50


def routes(engine: Engine, pages: Pages) -> list[BaseRoute]:
    """Give the routes."""

    async def index(request: Request) -> Response:
        refusals, place = await _part(request, engine.refusals.recent)
        keys = {key.id: key.name for key in engine.keys.all()}
        return pages.render(request, "refused.html", refusals=refusals, keys=keys, **place)

    async def conflicts(request: Request) -> Response:
        found, place = await _part(request, engine.refusals.conflicts)
        return pages.render(request, "conflicts.html", conflicts=await _told(engine, found), **place)

    return [Route("/refused", index), Route("/refused/identities", conflicts)]


async def _part(
    request: Request, read: Callable[[int, int], Awaitable[Sequence[T]]]
) -> tuple[Sequence[T], dict[str, Any]]:
    """Read the part of a list that is wanted; gives it, and what the template says of its place."""
    at = number(request, MOST // SIZE)
    found = await read(SIZE + 1, (at - 1) * SIZE)
    return found[:SIZE], {"number": at, "has_next": len(found) > SIZE}


async def _told(engine: Engine, conflicts: Sequence[Conflict]) -> list[tuple[Conflict, Face | None, str]]:
    """Give each conflict with whose device it was, and whom the event named."""
    profiles = await engine.profiles.many([one.profile_id for one in conflicts])
    told = []
    for conflict, profile in zip(conflicts, profiles, strict=True):
        stored = await engine.profiles.event(conflict.event_id)
        named = (stored.event.email or stored.event.user_id or "") if stored else ""
        told.append((conflict, face(profile) if profile else None, named))
    return told
