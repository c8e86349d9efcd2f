"""The list of audiences, and the page of one."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from console.pages import Pages
from engine.ports import Engine


def routes(engine: Engine, pages: Pages) -> list[BaseRoute]:
    """Give the routes."""

    async def index(request: Request) -> Response:
        return pages.render(request, "audiences.html", audiences=engine.audiences.all())

    return [Route("/audiences", index)]
