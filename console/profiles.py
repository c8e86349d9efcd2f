"""The list of profiles: found by an identifier, narrowed to the known or the anonymous, sorted."""

from __future__ import annotations

from collections.abc import Mapping

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from console.pages import Pages
from console.paging import window
from console.people import face
from engine.ports import Engine, ProfileOrder, ProfileQuery

KNOWN: Mapping[str, bool | None] = {"": None, "known": True, "anonymous": False}
SORTS: Mapping[str, tuple[str, ProfileOrder, bool]] = {
    "latest": ("Seen last first", ProfileOrder.LAST_SEEN_AT, True),
    "quietest": ("Seen longest ago first", ProfileOrder.LAST_SEEN_AT, False),
    "newest": ("Newest first", ProfileOrder.FIRST_SEEN_AT, True),
    "oldest": ("Oldest first", ProfileOrder.FIRST_SEEN_AT, False),
}


def routes(engine: Engine, pages: Pages) -> list[BaseRoute]:
    """Give the routes."""

    async def index(request: Request) -> Response:
        given = request.query_params
        sort = given.get("sort", "") if given.get("sort", "") in SORTS else "latest"
        who = given.get("who", "") if given.get("who", "") in KNOWN else ""
        text = given.get("q", "").strip()
        _, order, descending = SORTS[sort]
        query = ProfileQuery(KNOWN[who], text or None, order, descending)
        found = await engine.profiles.search(query, window(request))
        return pages.render(
            request,
            "profiles.html",
            found=found,
            people=[(face(profile), profile) for profile in found.items],
            text=text,
            who=who,
            sort=sort,
            sorts={key: label for key, (label, _, _) in SORTS.items()},
            total=await engine.profiles.count(),
        )

    return [Route("/profiles", index)]
