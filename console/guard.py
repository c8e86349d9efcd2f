"""Stands before every page: who is not signed in goes to the sign-in page, what another site posts is refused.

It also turns expected failures into pages that say what to do.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from http import HTTPStatus
from urllib.parse import quote, urlsplit

from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from console.pages import SAFE, Pages
from console.sign_in import OPEN, SIGN_IN, Entrance
from engine.errors import (
    Forbidden,
    InUse,
    InvalidDefinition,
    InvalidValue,
    NotFound,
    Overloaded,
    RollcallError,
    StaleVersion,
    StorageUnavailable,
    Taken,
    Unauthorized,
)

_log = logging.getLogger(__name__)

STATUS: Mapping[type[RollcallError], int] = {
    InvalidDefinition: 422,
    InvalidValue: 422,
    NotFound: 404,
    Taken: 409,
    InUse: 409,
    StaleVersion: 409,
    Unauthorized: 401,
    Forbidden: 403,
    Overloaded: 429,
    StorageUnavailable: 503,
}


class Guard:
    """Wraps the console's pages."""

    def __init__(self, app: ASGIApp, pages: Pages, entrance: Entrance) -> None:
        self._app = app
        self._pages = pages
        self._entrance = entrance

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer in the page's stead, or let the request through."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request = Request(scope, receive)
        request.state.signed_in = self._entrance.signed_in(request)
        answer = self._refusal(request)
        if answer is not None:
            await answer(scope, receive, send)
            return
        try:
            await self._app(scope, receive, send)
        except (RollcallError, HTTPException) as failure:
            await self._problem(request, failure)(scope, receive, send)
        except ClientDisconnect:
            raise  # nobody is there to answer
        except Exception:
            _log.exception("A page of the console failed: %s %s", request.method, request.url.path)
            await self._problem(request, HTTPException(500))(scope, receive, send)

    def _refusal(self, request: Request) -> Response | None:
        if request.method not in ("GET", "HEAD") and not from_this_site(request):
            advice = "Another site sent this form, or a browser that does not say where it comes from."
            return self._problem(request, HTTPException(403, advice))
        if request.headers.get("content-encoding", "identity").lower() != "identity":
            return self._problem(request, HTTPException(415, "A form is sent as it is, not packed."))
        if request.state.signed_in or request.url.path in OPEN:
            return None
        if request.headers.get("hx-request"):
            return _told(401, "signed-out", "You have been signed out.")
        here = request.url.path + (f"?{request.url.query}" if request.url.query else "")
        back = f"?next={quote(here, safe='')}" if request.method in ("GET", "HEAD") else ""
        return RedirectResponse(SIGN_IN + back, 303, SAFE)

    def _problem(self, request: Request, failure: RollcallError | HTTPException) -> Response:
        status, message = _described(failure)
        if request.headers.get("hx-request"):
            return _told(status, "failed", message or HTTPStatus(status).phrase)
        return self._pages.render(request, "problem.html", status, code=status, message=message)


def _described(failure: RollcallError | HTTPException) -> tuple[int, str]:
    match failure:
        case RollcallError():
            return STATUS.get(type(failure), 400), failure.message
        case HTTPException():
            status = failure.status_code
            return status, "" if failure.detail == HTTPStatus(status).phrase else failure.detail


def _told(status: int, event: str, message: str) -> Response:
    """Answer htmx: the page stays as it is, with all that was typed, and console.js shows what happened."""
    told = json.dumps({event: {"message": message}})
    return PlainTextResponse(message, status, SAFE | {"hx-reswap": "none", "hx-trigger": told})


def from_this_site(request: Request) -> bool:
    """Tell whether a page of this very site sent the request; what says nothing of itself is not one of ours."""
    site = request.headers.get("sec-fetch-site")
    if site is not None:
        return site == "same-origin"
    # Without TLS browsers leave Sec-Fetch-Site out; the scheme is not compared, a proxy may have ended the TLS.
    origin = request.headers.get("origin")
    return origin is not None and urlsplit(origin).netloc == request.headers.get("host")
