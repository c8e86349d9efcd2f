"""The console's routes: everything under /console."""

from __future__ import annotations

from pathlib import Path

from starlette.datastructures import MutableHeaders
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from console import (
    attributes,
    audience,
    audiences,
    builder,
    erase,
    happened,
    keys,
    live,
    merge,
    profile,
    profiles,
    refused,
    unlink,
    versions,
)
from console.guard import Guard
from console.links import HOME
from console.pages import SAFE, Pages
from console.sign_in import Entrance
from engine.ports import Engine

STATIC = Path(__file__).parent / "static"
VENDOR = Path(__file__).parent.parent / "static" / "vendor"
LARGEST_FORM = 2_000_000


def routes(engine: Engine) -> list[BaseRoute]:
    """Give the console's routes."""
    pages = Pages(engine)
    entrance = Entrance(pages)
    inside = [
        Route("/", _home),
        Route("/sign-in", entrance.ask, methods=["GET"]),
        Route("/sign-in", entrance.enter, methods=["POST"]),
        Route("/sign-out", entrance.leave, methods=["POST"]),
        *builder.routes(engine, pages),
        *audiences.routes(engine, pages),
        *audience.routes(engine, pages),
        *versions.routes(engine, pages),
        *profiles.routes(engine, pages),
        *profile.routes(engine, pages),
        *unlink.routes(engine, pages),
        *merge.routes(engine, pages),
        *erase.routes(engine, pages),
        *happened.routes(engine, pages),
        *attributes.routes(engine, pages),
        *refused.routes(engine, pages),
        *keys.routes(engine, pages),
        *live.routes(engine),
    ]
    return [
        # A vendored file's name carries its version; ours are asked for anew, which costs a 304.
        Mount("/console/static/vendor", _kept(StaticFiles(directory=VENDOR), "public, max-age=31536000, immutable")),
        Mount("/console/static", _kept(StaticFiles(directory=STATIC), "no-cache")),
        Mount("/console", routes=inside, middleware=[Middleware(Guard, pages, entrance)], max_body_size=LARGEST_FORM),
    ]


async def _home(request: Request) -> Response:
    return RedirectResponse(HOME, 303, SAFE)


def _kept(app: ASGIApp, cache_control: str) -> ASGIApp:
    """Say how long browsers may keep what an app gives."""

    async def kept(scope: Scope, receive: Receive, send: Send) -> None:
        async def send_on(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(raw=message["headers"])
                headers["cache-control"] = cache_control
                headers["x-content-type-options"] = "nosniff"
            await send(message)

        await app(scope, receive, send_on)

    return kept
