"""Erasing a profile: what goes, the export before it goes, a word to type, and what is left to say."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import BaseRoute, Route

from console.confirmation import Confirmation, confirmation, word
from console.identities import DEVICE
from console.pages import SAFE, Pages
from console.people import asked_for, face
from engine.domain.audiences import Audience
from engine.ports import Engine, Profile, ProfileBy


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
        return self.pages.render(request, "erased.html", erased=erased, named_in=self._named_in(erased.named_in))

    async def export(self, request: Request) -> Response:
        """Give everything held of the profile as a file of JSON."""
        profile = await asked_for(self.engine, request)
        pieces = self.engine.privacy.exported(ProfileBy(id=profile.id))
        first = await anext(pieces)  # what fails does so before the answer begins
        named = {"content-disposition": f'attachment; filename="rollcall-profile-{profile.id}.json"'}
        return StreamingResponse(_all(first, pieces), media_type="application/json", headers=SAFE | named)

    async def _asked(self, request: Request, profile: Profile, confirmed: Confirmation, status: int = 200) -> Response:
        holding = await self.engine.privacy.holding(ProfileBy(id=profile.id))
        return self.pages.render(
            request,
            "erase.html",
            status,
            profile=profile,
            face=face(profile),
            events=holding.events,
            names=[value for namespace, value in holding.identities if namespace != DEVICE],
            devices=sum(namespace == DEVICE for namespace, _ in holding.identities),
            named_in=self._named_in(holding.named_in),
            confirmed=confirmed,
        )

    def _named_in(self, slugs: Sequence[str]) -> Sequence[Audience]:
        """Give the audiences whose words still name the person."""
        return [found for slug in slugs if (found := self.engine.audiences.by_slug(slug))]


async def _all(first: bytes, pieces: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    yield first
    async for piece in pieces:
        yield piece
