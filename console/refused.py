"""What was not accepted: events with their reason, and identifications that were not followed."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Any, TypeVar

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from console.conflicts import told
from console.pages import Pages
from console.paging import number
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
        return pages.render(request, "conflicts.html", conflicts=await told(engine, found), **place)

    return [Route("/refused", index), Route("/refused/identities", conflicts)]


async def _part(
    request: Request, read: Callable[[int, int], Awaitable[Sequence[T]]]
) -> tuple[Sequence[T], dict[str, Any]]:
    """Read the part of a list that is wanted; gives it, and what the template says of its place."""
    at = number(request, MOST // SIZE)
    found = await read(SIZE + 1, (at - 1) * SIZE)
    return found[:SIZE], {"number": at, "has_next": len(found) > SIZE}
