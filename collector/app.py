"""The collector's routes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles

from collector.endpoints import Endpoints
from collector.inbox import Inbox
from collector.openapi import openapi
from engine.errors import StorageUnavailable
from engine.ports import Engine

STATIC = Path(__file__).parent.parent / "static"
CALLS = ("page", "track", "identify", "alias", "group", "screen")


def routes(engine: Engine, inbox: Inbox) -> list[BaseRoute]:
    """Give the collector's routes; the inbox must be running."""
    endpoints = Endpoints(engine, inbox)
    collecting = {"batch": None, "b": None} | {name: call for call in CALLS for name in (call, call[0])}
    posts = ["POST", "OPTIONS"]
    return [
        *(Route(f"/v1/{name}", endpoints.collect(type), methods=posts) for name, type in collecting.items()),
        Route("/v1/me", endpoints.guarded(endpoints.me), methods=["GET", "OPTIONS"]),
        Route("/v1/pixel.gif", endpoints.guarded(endpoints.pixel), methods=["GET"]),
        Route("/v1/simulation/advance", endpoints.guarded(endpoints.advance), methods=["POST"]),
        Route("/tag.js", _tag),
        Route("/healthz", _alive),
        Route("/readyz", _ready(engine)),
        Route("/openapi.json", _described),
        Mount("/static", StaticFiles(directory=STATIC)),
    ]


async def _tag(request: Request) -> Response:
    headers = {"Cache-Control": "public, max-age=3600", "Cross-Origin-Resource-Policy": "cross-origin"}
    return FileResponse(STATIC / "tag.js", media_type="text/javascript", headers=headers)


async def _alive(request: Request) -> Response:
    return JSONResponse({"status": "alive"})


def _ready(engine: Engine) -> Any:
    async def ready(request: Request) -> Response:
        try:
            await engine.health.check()
        except StorageUnavailable as error:
            return JSONResponse({"status": "unavailable", "message": error.message}, 503, {"Retry-After": "2"})
        return JSONResponse({"status": "ready"})

    return ready


async def _described(request: Request) -> Response:
    return JSONResponse(openapi())
