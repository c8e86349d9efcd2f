"""Taking a link back: what will happen in plain words, a word to type, and the profiles that come of it."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from console.builder import AUTHOR
from console.confirmation import Confirmation, confirmation
from console.guard import STATUS
from console.identities import reference, whole
from console.join_picture import picture
from console.pages import SAFE, Pages
from console.parting import parting
from console.people import asked_for, face, numbered
from engine.errors import InvalidValue, NotFound
from engine.ports import Engine, Identity, Profile

MOST_SHOWN = 12
"""Profiles shown after one unlinking; the rest is counted."""


def routes(engine: Engine, pages: Pages) -> list[BaseRoute]:
    """Give the routes."""
    page = UnlinkPages(engine, pages)
    return [
        Route("/profiles/{id:int}/unlink", page.ask, methods=["GET"]),
        Route("/profiles/{id:int}/unlink", page.unlink, methods=["POST"]),
        Route("/profiles/{id:int}/unlinked", page.show, methods=["GET"]),
    ]


@dataclass(frozen=True, slots=True)
class UnlinkPages:
    """The page that asks, and the one that shows what came of it."""

    engine: Engine
    pages: Pages

    async def ask(self, request: Request) -> Response:
        """Say what unlinking an identity would do, and ask."""
        profile, identity = await self._identity(request)
        return await self._asked(request, profile, identity, Confirmation(identity.value))

    async def unlink(self, request: Request) -> Response:
        """Unlink it, if the word was typed."""
        profile, identity = await self._identity(request)
        confirmed = await confirmation(request, identity.value)
        if not confirmed.is_given:
            return await self._asked(request, profile, identity, confirmed, 422)
        try:
            key = (identity.namespace, identity.value)
            kept, *others = await self.engine.identities.unlink(key, AUTHOR)
        except InvalidValue as error:
            return await self._asked(request, profile, identity, confirmed, STATUS[type(error)], error.message)
        query = urlencode([("with", one) for one in others])
        return RedirectResponse(f"/console/profiles/{kept}/unlinked?{query}", 303, SAFE)

    async def show(self, request: Request) -> Response:
        """Show profiles side by side, as they are now."""
        others = [int(one) for one in request.query_params.getlist("with") if one.isascii() and one.isdecimal()]
        ids = dict.fromkeys([request.path_params["id"], *others[:1_000]])
        profiles = [await numbered(self.engine, id) for id in list(ids)[:MOST_SHOWN]]
        drawn = [(face(one), one, picture(await whole(self.engine, one))) for one in profiles]
        return self.pages.render(request, "unlinked.html", drawn=drawn, more=len(ids) - len(drawn))

    async def _identity(self, request: Request) -> tuple[Profile, Identity]:
        """Give the profile and its identity that the address names. Raises NotFound."""
        profile = await asked_for(self.engine, request)
        named = request.query_params.get("identity", "")
        for one in profile.identities:
            if reference(one) == named:
                return profile, one
        raise NotFound("This identity does not belong to the profile, or no longer.")

    async def _asked(
        self,
        request: Request,
        profile: Profile,
        identity: Identity,
        confirmed: Confirmation,
        status: int = 200,
        problem: str = "",
    ) -> Response:
        links = await self.engine.identities.links(profile.id)
        return self.pages.render(
            request,
            "unlink.html",
            status,
            profile=profile,
            face=face(profile),
            identity=identity,
            parting=parting(profile, identity, links),
            confirmed=confirmed,
            problem=problem,
        )
