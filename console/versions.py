"""Versions of an audience: what each edit changed, line by line, and the way back to earlier rules."""

from __future__ import annotations

from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from console.builder import AUTHOR
from console.guard import STATUS
from console.links import HOME
from console.pages import SAFE, Pages
from engine.domain.audiences import Audience
from engine.errors import InvalidDefinition, NotFound, RollcallError, StaleVersion
from engine.ports import Engine

FEW = 20
MOST = 1_000


def routes(engine: Engine, pages: Pages) -> list[BaseRoute]:
    """Give the routes."""
    page = VersionPages(engine, pages)
    return [
        Route("/audiences/{slug}/versions", page.index, methods=["GET"]),
        Route("/audiences/{slug}/versions/{version}", page.show, methods=["GET"]),
        Route("/audiences/{slug}/versions/{version}/restore", page.ask, methods=["GET"]),
        Route("/audiences/{slug}/versions/{version}/restore", page.restore, methods=["POST"]),
    ]


@dataclass(frozen=True, slots=True)
class VersionPages:
    """The pages of an audience's versions."""

    engine: Engine
    pages: Pages

    async def index(self, request: Request) -> Response:
        """List every version."""
        audience = named(self.engine, request)
        versions = await self.engine.audiences.versions(audience.id, MOST)
        return self.pages.render(request, "versions.html", audience=audience, versions=versions)

    async def show(self, request: Request) -> Response:
        """Compare a version with the one before it, or with the one in force."""
        audience, version = named(self.engine, request), _version(request)
        audiences = self.engine.audiences
        with_current = request.query_params.get("with") == "current" and version != audience.version
        newer, older = (audience.version, version) if with_current else (version, None)
        return self.pages.render(
            request,
            "version.html",
            audience=audience,
            version=version,
            with_current=with_current,
            difference=await audiences.difference(audience.id, newer, older),
            back=await audiences.difference(audience.id, version, audience.version),
        )

    async def ask(self, request: Request) -> Response:
        """Show what restoring the rules would change, and ask."""
        return await self._asked(request)

    async def restore(self, request: Request) -> Response:
        """Restore the rules, unless someone changed the audience since it was asked."""
        audience, version = named(self.engine, request), _version(request)
        expected = str((await request.form(max_files=0, max_fields=2)).get("expected", ""))
        try:
            await self.engine.audiences.restore(audience.id, version, AUTHOR, _whole(expected))
        except (StaleVersion, InvalidDefinition) as error:
            return await self._asked(request, error)
        return RedirectResponse(f"{HOME}/{audience.slug}", 303, SAFE)

    async def _asked(self, request: Request, error: RollcallError | None = None) -> Response:
        audience, version = named(self.engine, request), _version(request)
        difference = await self.engine.audiences.difference(audience.id, version, audience.version)
        return self.pages.render(
            request,
            "version_restore.html",
            200 if error is None else STATUS[type(error)],
            audience=audience,
            version=version,
            error=error,
            is_stale=isinstance(error, StaleVersion),
            difference=difference,
            found=await self.engine.audiences.preview(difference.after.definition, 0, audience.slug),
        )


def named(engine: Engine, request: Request) -> Audience:
    """Give the audience of a page's address. Raises NotFound."""
    slug = request.path_params["slug"]
    audience = engine.audiences.by_slug(slug)
    if audience is None:
        raise NotFound(f"There is no audience “{slug}”.")
    return audience


def _version(request: Request) -> int:
    text = request.path_params["version"]
    version = _whole(text)
    if version is None:
        raise NotFound(f"There is no version {text}.")
    return version


def _whole(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else None
