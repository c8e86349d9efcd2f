"""The list of audiences: searched, narrowed, sorted."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from console.pages import Pages
from console.paging import window
from engine.domain.audiences import Audience, State
from engine.ports import AudienceOrder, AudienceQuery, Engine

AT_ONCE = 100
# What the select offers → order and direction.
SORTS: Mapping[str, tuple[str, AudienceOrder, bool]] = {
    "name": ("Name", AudienceOrder.NAME, False),
    "largest": ("Largest first", AudienceOrder.SIZE, True),
    "smallest": ("Smallest first", AudienceOrder.SIZE, False),
    "updated": ("Last changed first", AudienceOrder.UPDATED_AT, True),
    "created": ("Newest first", AudienceOrder.CREATED_AT, True),
}
_SLUG = re.compile(r"[a-z][a-z0-9_]{0,99}")


def routes(engine: Engine, pages: Pages) -> list[BaseRoute]:
    """Give the routes."""

    async def index(request: Request) -> Response:
        query = _query(request)
        found = engine.audiences.search(query, window(request, size=AT_ONCE))
        everything = engine.audiences.all()
        return pages.render(
            request,
            "audiences.html",
            found=found,
            query=query,
            sort=_sort(request),
            sorts={key: label for key, (label, _, _) in SORTS.items()},
            states=[state.value for state in State],
            tags=_tags(everything),
            total=len(everything),
            people=await engine.profiles.count(),
            deleted=_deleted(request, engine),
        )

    return [Route("/audiences", index)]


def _query(request: Request) -> AudienceQuery:
    given = request.query_params
    _, order, descending = SORTS[_sort(request)]
    return AudienceQuery(
        text=given.get("q", "").strip() or None,
        tags=[given["tag"]] if given.get("tag") else [],
        states=[given["state"]] if given.get("state") else [],
        order=order,
        descending=descending,
    )


def _sort(request: Request) -> str:
    given = request.query_params.get("sort", "")
    return given if given in SORTS else "name"


def _tags(audiences: Sequence[Audience]) -> list[str]:
    return sorted({tag for one in audiences for tag in one.tags})


def _deleted(request: Request, engine: Engine) -> str | None:
    """Give the slug that was just deleted, only where that is true."""
    slug = request.query_params.get("deleted", "")
    return slug if _SLUG.fullmatch(slug) and engine.audiences.by_slug(slug) is None else None
