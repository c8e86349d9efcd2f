"""The demo as routes: the magazine's pages, what they fetch, and the panel's three addresses."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response, StreamingResponse
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles

from collector.visitors import from_authorization
from demo_site.live import lines
from demo_site.pages import PRIVATE, Pages
from demo_site.panel import look
from engine.ports import Engine, Simulation

STATIC = Path(__file__).parent / "static"
SPANS = {"day": 86_400, "week": 7 * 86_400, "month": 30 * 86_400}


def routes(engine: Engine, *, write_key: str, secret_key: str) -> list[BaseRoute]:
    """Give the demo's routes; the write key goes into the pages, the secret key stays on the server."""
    pages = Pages(engine, write_key, secret_key)
    return [
        Route("/", pages.home),
        Route("/stories/{slug}", pages.story),
        Route("/shop", pages.shop),
        Route("/newsletter", pages.newsletter),
        Route("/for-you", pages.for_you),
        Route("/demo/for-you", pages.chosen),
        *_panel_routes(engine, pages),
        Mount("/demo/static", StaticFiles(directory=STATIC)),
    ]


def _panel_routes(engine: Engine, pages: Pages) -> list[BaseRoute]:
    async def panel(request: Request) -> Response:
        device = from_authorization(request.headers.get("authorization"))
        return pages.fragment("panel.html", panel=await look(engine, device) if device else None)

    async def live(request: Request) -> Response:
        device = from_authorization(request.headers.get("authorization"))
        if device is None:
            return HTMLResponse("The visitor's secret is missing.", 401, PRIVATE)
        return StreamingResponse(lines(engine, device), headers=PRIVATE, media_type="application/x-ndjson")

    found: list[BaseRoute] = [Route("/demo/panel", panel), Route("/demo/live", live)]
    if engine.simulation is not None:
        found.append(Route("/demo/advance/{span}", _advance(engine.simulation), methods=["POST"]))
    return found


def _advance(simulation: Simulation) -> Callable[[Request], Awaitable[Response]]:
    async def advance(request: Request) -> Response:
        seconds = SPANS.get(request.path_params["span"])
        if seconds is None:
            return JSONResponse({"error": "Say day, week or month."}, 404)
        if not _from_this_site(request):
            return JSONResponse({"error": "Only this site's own pages may move the clock."}, 403)
        return JSONResponse({"now": await simulation.advance(seconds)}, headers=PRIVATE)

    return advance


def _from_this_site(request: Request) -> bool:
    """Tell whether a page of this very site sent the request; what says nothing of itself is not a page of ours."""
    site = request.headers.get("sec-fetch-site")
    if site is not None:
        return site == "same-origin"
    return request.headers.get("origin") == f"{request.url.scheme}://{request.url.netloc}"
