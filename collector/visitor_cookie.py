"""The visitor's secret in a cookie that no script reads, for sites that choose it: docs/decisions/0012.

A cookie comes by itself, so it proves something only where the page that sends it is one of the site's own, by name."""

from __future__ import annotations

from secrets import token_urlsafe
from typing import Any

from starlette.types import Receive, Scope, Send

from collector.answers import Cors, Origins, send_json
from collector.requests import Headers, read_object, sender_of
from engine.domain.keys import Key
from engine.domain.visitors import anonymous_id
from engine.errors import Forbidden, InvalidValue, NotFound
from engine.ports import Engine
from engine.settings import Settings

NAME = "__Host-rollcall"
LASTS_FOR = 400 * 24 * 3600
"""Seconds; browsers keep a cookie no longer, and each answer to its visitor begins them anew."""
ATTRIBUTES = "Path=/; Secure; HttpOnly; SameSite=Lax"


class VisitorCookie:
    """`POST /v1/visitor`, and what the cookie proves elsewhere."""

    def __init__(self, engine: Engine, origins: Origins) -> None:
        self._engine = engine
        self._origins = origins
        self._is_on = engine.settings.visitor_cookie
        check(engine.settings)

    async def visitor(self, scope: Scope, receive: Receive, send: Send, headers: Headers, cors: Cors) -> None:
        """Tell a page of the site who its visitor is, and give it the cookie; or, with `forget`, take it away."""
        body = await read_object(receive, headers)
        if not self._is_on:
            raise NotFound("There is no visitor cookie here. Start with visitor_cookie to have one.")
        key = sender_of(headers, scope["query_string"], body, self._engine.keys)
        self._origins.of_key(key, headers.get(b"origin"), cors)
        self._engine.limits.key(key.id)
        if not self._origins.names(headers, key):
            raise Forbidden("Only pages of origins that allowed_origins, or the key, names may ask for the cookie.")
        if headers.get(b"sec-fetch-site") == "cross-site":
            raise Forbidden(
                "Browsers keep no cookie for another site: serve the collector under the page's own domain."
            )
        if body.get("forget") is True:
            gone = {"success": True, "anonymousId": None, "visitor": None}
            await send_json(send, 200, gone, [*cors, (b"set-cookie", f"{NAME}=; Max-Age=0; {ATTRIBUTES}".encode())])
            return
        secret = self.secret(headers, key) or _handed_over(body) or token_urlsafe(32)
        await send_json(send, 200, await self._told(secret), [*cors, kept(secret)])

    def secret(self, headers: Headers, key: Key | None = None) -> str | None:
        """Give the secret that a request's cookie holds, where it may prove anything."""
        found = _cookie(headers) if self._is_on else None
        return found if found and self._origins.names(headers, key) else None

    async def _told(self, secret: str) -> dict[str, Any]:
        id = anonymous_id(secret) or ""
        visitor = await self._engine.profiles.visitor(id)
        told = {"known": visitor.known, "audiences": visitor.audiences}
        return {"success": True, "anonymousId": id, "visitor": told}


def check(settings: Settings) -> None:
    """Raise InvalidValue where the cookie would have to trust any page."""
    if settings.visitor_cookie and "*" in [one.strip() for one in settings.allowed_origins.split(",")]:
        message = "visitor_cookie needs allowed_origins to name your pages, such as https://www.shop.example; not `*`."
        raise InvalidValue(message, ("visitor_cookie",))


def kept(secret: str) -> tuple[bytes, bytes]:
    """Give the header that lets a browser keep a secret."""
    return b"set-cookie", f"{NAME}={secret}; Max-Age={LASTS_FOR}; {ATTRIBUTES}".encode()


def _cookie(headers: Headers) -> str | None:
    pairs = (one.strip().partition("=") for one in (headers.get(b"cookie") or "").split(";"))
    found = next((value for name, _, value in pairs if name == NAME), None)
    return found if found and anonymous_id(found) else None


def _handed_over(body: dict[str, Any]) -> str | None:
    """Give the secret that a script kept until now."""
    said = body.get("visitorSecret")
    return said if isinstance(said, str) and anonymous_id(said) else None
