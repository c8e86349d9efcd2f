"""Merging two profiles by hand: look the other one up, see both side by side, type a word."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from console.builder import AUTHOR
from console.confirmation import Confirmation, confirmation, word
from console.identities import DEVICE
from console.pages import SAFE, Pages
from console.people import asked_for, face, numbered
from engine.errors import InvalidValue
from engine.ports import Engine, Profile, ProfileBy, ProfileQuery, Window

NAMESPACES = ("email", "user_id", DEVICE)
FEW = 8


def routes(engine: Engine, pages: Pages) -> list[BaseRoute]:
    """Give the routes."""
    page = MergePage(engine, pages)
    return [
        Route("/profiles/{id:int}/merge", page.ask, methods=["GET"]),
        Route("/profiles/{id:int}/merge", page.merge, methods=["POST"]),
    ]


@dataclass(frozen=True, slots=True)
class MergePage:
    """One page in two steps: whom, and whether."""

    engine: Engine
    pages: Pages

    async def ask(self, request: Request) -> Response:
        """Ask whom to merge in; once that is told, show both and ask whether."""
        profile = await asked_for(self.engine, request)
        other = await self._other(request)
        return await self._asked(request, profile, other, Confirmation(word(other)) if other else None)

    async def merge(self, request: Request) -> Response:
        """Merge them, if the word was typed; leads to the profile that goes on."""
        profile = await asked_for(self.engine, request)
        other = await self._other(request)
        if other is None:
            return await self._asked(request, profile, None, None, 422)
        confirmed = await confirmation(request, word(other))
        if not confirmed.is_given:
            return await self._asked(request, profile, other, confirmed, 422)
        into, source = ProfileBy(id=profile.id), ProfileBy(id=other.id)
        try:
            kept = await self.engine.identities.merge(into, source, AUTHOR)
        except InvalidValue as error:
            return await self._asked(request, profile, other, confirmed, 422, error.message)
        return RedirectResponse(f"/console/profiles/{kept}", 303, SAFE)

    async def _other(self, request: Request) -> Profile | None:
        id = request.query_params.get("with", "")
        return await numbered(self.engine, int(id)) if id.isascii() and id.isdecimal() and len(id) < 20 else None

    async def _asked(
        self,
        request: Request,
        profile: Profile,
        other: Profile | None,
        confirmed: Confirmation | None,
        status: int = 200,
        problem: str = "",
    ) -> Response:
        text = request.query_params.get("q", "").strip()
        found = [] if other or not text else await self._found(text)
        return self.pages.render(
            request,
            "merge.html",
            status,
            profile=profile,
            face=face(profile),
            other=other,
            both=[(face(one), one) for one in (profile, other) if one],
            goes_on=_goes_on(profile, other) if other else profile,
            text=text,
            found=[(face(one), one) for one in found if one.id != profile.id],
            is_itself=any(one.id == profile.id for one in found),
            confirmed=confirmed,
            problem=problem,
        )

    async def _found(self, text: str) -> Sequence[Profile]:
        """Look for who has exactly this identifier or number, else for those with one that begins so."""
        exact = {one.id: one for key in NAMESPACES if (one := await self._named(key, text))}
        if text.isascii() and text.isdecimal() and len(text) < 19:
            by_number = await self.engine.profiles.find(ProfileBy(id=int(text)))
            exact |= {by_number.id: by_number} if by_number else {}
        if exact:
            return list(exact.values())
        return (await self.engine.profiles.search(ProfileQuery(text=text), Window(first=FEW))).items

    async def _named(self, namespace: str, value: str) -> Profile | None:
        return await self.engine.profiles.find(ProfileBy(identity=(namespace, value)))


def _goes_on(profile: Profile, other: Profile) -> Profile:
    """Tell whose number stays: an anonymous profile gives way to one with a name."""
    return other if _has_name(other) and not _has_name(profile) else profile


def _has_name(profile: Profile) -> bool:
    return any(one.namespace != DEVICE for one in profile.identities)
