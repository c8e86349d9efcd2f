"""The page of one audience: its rules, who is in it, who came and went; and deleting it."""

from __future__ import annotations

from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from console.changes import passages
from console.links import HOME
from console.pages import SAFE, Pages
from console.paging import window
from console.people import face
from console.versions import FEW, named
from engine.domain.audiences import Audience
from engine.errors import InUse
from engine.language.checker import understood
from engine.language.english import summarise
from engine.language.parser import parse
from engine.language.printer import to_text
from engine.ports import Engine

SIZE = 12


def routes(engine: Engine, pages: Pages) -> list[BaseRoute]:
    """Give the routes."""
    page = AudiencePage(engine, pages)
    return [
        Route("/audiences/{slug}", page.show, methods=["GET"]),
        Route("/audiences/{slug}/delete", page.ask, methods=["GET"]),
        Route("/audiences/{slug}/delete", page.delete, methods=["POST"]),
    ]


@dataclass(frozen=True, slots=True)
class AudiencePage:
    """The page of one audience, and the way to delete it."""

    engine: Engine
    pages: Pages

    async def show(self, request: Request) -> Response:
        """Show the rules, who is in it, who came and went."""
        engine, audience = self.engine, named(self.engine, request)
        members = await engine.audiences.members(audience.id, window(request, "members_", SIZE))
        changes = await engine.audiences.changes(audience.id, window(request, "changes_", SIZE))
        text, sentence = _rules(engine, audience)
        return self.pages.render(
            request,
            "audience.html",
            audience=audience,
            text=text,
            sentence=sentence,
            people=await engine.profiles.count(),
            members=members,
            faces=[(face(profile), since) for profile, since in members.items],
            changes=changes,
            passages=await passages(engine, changes.items, {}),
            versions=await engine.audiences.versions(audience.id, FEW),
            includes=engine.audiences.depends_on(audience.slug),
            used_by=engine.audiences.used_by(audience.slug),
        )

    async def ask(self, request: Request) -> Response:
        """Ask before deleting, or say who still uses it."""
        return self._asked(request, named(self.engine, request))

    async def delete(self, request: Request) -> Response:
        """Delete it, unless another audience has come to use it meanwhile."""
        audience = named(self.engine, request)
        try:
            await self.engine.audiences.delete(audience.id)
        except InUse:
            return self._asked(request, audience, 409)
        return RedirectResponse(f"{HOME}?deleted={audience.slug}", 303, SAFE)

    def _asked(self, request: Request, audience: Audience, status: int = 200) -> Response:
        used_by = self.engine.audiences.used_by(audience.slug)
        return self.pages.render(request, "audience_delete.html", status, audience=audience, used_by=used_by)


def _rules(engine: Engine, audience: Audience) -> tuple[str, str]:
    """Give the rules as canonical text and as a sentence."""
    root = parse(audience.definition)
    return to_text(root), summarise(understood(root, engine.catalog))
