"""The collector's routes."""

from __future__ import annotations

from collections.abc import Sequence

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Receive, Scope, Send

from collector import operation
from collector.endpoints import Endpoints, Guarded
from collector.inbox import Inbox
from collector.metrics import Metrics
from collector.openapi import openapi
from collector.tag import STATIC, Script
from engine.ports import Engine
from engine.settings import paths_of

CALLS = ("page", "track", "identify", "alias", "group", "screen")
POSTS = ("POST", "OPTIONS")


def routes(engine: Engine, inbox: Inbox, metrics: Metrics) -> list[BaseRoute]:
    """Give the collector's routes; the inbox must be running."""
    endpoints = Endpoints(engine, inbox, metrics)
    collecting = {"b": None} | {name: call for call in CALLS for name in (call, call[0])}
    browser = endpoints.segment_browser
    tag_path, collector_path = paths_of(engine.settings)
    return [
        *(Route(f"/v1/{name}", endpoints.collect(type), methods=POSTS) for name, type in collecting.items()),
        *(route for path in dict.fromkeys(("/v1", collector_path)) for route in _asked_by_the_tag(path, endpoints)),
        Route("/v1/m", endpoints.guarded(browser.metrics), methods=POSTS),
        Route("/v1/projects/{key}/settings", endpoints.guarded(browser.settings), methods=["GET", "OPTIONS"]),
        Route("/v1/pixel.gif", endpoints.guarded(endpoints.pixel), methods=["GET"]),
        Route("/v1/simulation/advance", endpoints.guarded(endpoints.advance), methods=["POST"]),
        *(Route(path, Script("tag.min.js").answer) for path in dict.fromkeys(("/tag.js", tag_path))),
        *operation.routes(engine, metrics),
        Route("/openapi.json", _described),
        Mount("/static", StaticFiles(directory=STATIC)),
    ]


def _asked_by_the_tag(path: str, endpoints: Endpoints) -> list[BaseRoute]:
    return [
        Route(f"{path}/batch", endpoints.collect(None), methods=POSTS),
        Route(f"{path}/visitor", endpoints.guarded(endpoints.cookie.visitor), methods=POSTS),
        Route(f"{path}/me", endpoints.guarded(endpoints.me), methods=["GET", "OPTIONS"]),
        Route(f"{path}/live", endpoints.guarded(endpoints.live), methods=POSTS),
        Route(f"{path}/preview", endpoints.guarded(endpoints.preview), methods=POSTS),
        *(Route(f"{path}/{name}", Script(name).answer) for name in ("live.js", "tools.js")),
    ]


def straight(routes: Sequence[BaseRoute], others: ASGIApp) -> ASGIApp:
    """Go straight to the endpoints that take events: finding them by routes and middleware costs a tenth of it all."""
    ends = {
        route.path: route.endpoint
        for route in routes
        if isinstance(route, Route) and isinstance(route.endpoint, Guarded) and "POST" in (route.methods or ())
    }

    async def application(scope: Scope, receive: Receive, send: Send) -> None:
        takes = scope["type"] == "http" and scope["method"] == "POST"
        await (ends.get(scope["path"], others) if takes else others)(scope, receive, send)

    return application


async def _described(request: Request) -> Response:
    return JSONResponse(openapi())
