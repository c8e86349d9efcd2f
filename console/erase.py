"""Erasing a profile: what goes, the export before it goes, a word to type, and what is left to say."""

from __future__ import annotations

from dataclasses import dataclass

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from console.confirmation import Confirmation, confirmation, word
from console.identities import DEVICE
from console.pages import SAFE, Pages
from console.people import asked_for, face
from engine.ports import Engine, Profile, ProfileBy, Window

COUNTED = 1_000
"""Events are counted up to here; beyond, it is said that there are more."""


def routes(engine: Engine, pages: Pages) -> list[BaseRoute]:
    """Give the routes."""
    page = ErasePages(engine, pages)
    return [
        Route("/profiles/{id:int}/erase", page.ask, methods=["GET"]),
        Route("/profiles/{id:int}/erase", page.erase, methods=["POST"]),
        Route("/profiles/{id:int}/export.json", page.export, methods=["GET"]),
    ]


@dataclass(frozen=True, slots=True)
class ErasePages:
    """The page that asks, the one that says what was erased, and the export."""

    engine: Engine
    pages: Pages

    async def ask(self, request: Request) -> Response:
        """Say what would go, and ask."""
        profile = await asked_for(self.engine, request)
        return await self._asked(request, profile, Confirmation(word(profile)))

    async def erase(self, request: Request) -> Response:
        """Erase it, if the word was typed. The answer is the last page that says anything of it."""
        profile = await asked_for(self.engine, request)
        confirmed = await confirmation(request, word(profile))
        if not confirmed.is_given:
            return await self._asked(request, profile, confirmed, 422)
        erased = await self.engine.privacy.erase(ProfileBy(id=profile.id))
        return self.pages.render(request, "erased.html", erased=erased)

    async def export(self, request: Request) -> Response:
        """Give everything held of the profile as a file of JSON."""
        profile = await asked_for(self.engine, request)
        held = await self.engine.privacy.export(ProfileBy(id=profile.id))
        named = {"content-disposition": f'attachment; filename="rollcall-profile-{profile.id}.json"'}
        body = msgspec.json.format(msgspec.json.encode(held), indent=2)
        return Response(body, media_type="application/json", headers=SAFE | named)

    async def _asked(self, request: Request, profile: Profile, confirmed: Confirmation, status: int = 200) -> Response:
        events = await self.engine.profiles.events(profile.id, Window(first=COUNTED))
        devices = [one for one in profile.identities if one.namespace == DEVICE]
        return self.pages.render(
            request,
            "erase.html",
            status,
            profile=profile,
            face=face(profile),
            events=len(events.items),
            more_events=events.has_next,
            devices=len(devices),
            names=[one for one in profile.identities if one.namespace != DEVICE],
            confirmed=confirmed,
        )
