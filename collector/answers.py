"""What goes back: one table from failures to statuses, and the headers that every answer has."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeAlias

import msgspec
from starlette.types import Send

from collector.protocols.decoded import Complaint
from collector.requests import Headers
from engine.domain.keys import Key
from engine.errors import Forbidden, Overloaded, RollcallError, StorageUnavailable

STATUS = {
    "invalid_value": 400,
    "unauthorized": 401,
    "forbidden": 403,
    "not_found": 404,
    "too_large": 413,
    "unsupported_encoding": 415,
    "overloaded": 429,
    "storage_unavailable": 503,
}
STORAGE_RETRY_AFTER = 2
VARY = (b"vary", b"Origin")
Cors: TypeAlias = list[tuple[bytes, bytes]]
_encode = msgspec.json.Encoder().encode


class Origins:
    """Which pages may read answers: every origin, or those that are listed."""

    def __init__(self, setting: str, cookies: bool = False) -> None:
        self._cookies = cookies
        self._listed = {one.strip().rstrip("/") for one in setting.split(",") if one.strip()}

    def headers(self, origin: str | None) -> Cors:
        """Give the CORS headers for a request's origin; whoever asks, the answer depends on that."""
        if origin is None or not ("*" in self._listed or origin in self._listed):
            return [VARY]
        return self._open_to(origin)

    def names(self, headers: Headers, key: Key | None = None) -> bool:
        """Whether the page that asks is of an origin that the key, else the settings, names; `*` names none."""
        origin = headers.get(b"origin")
        if origin is None:
            return headers.get(b"sec-fetch-site") == "same-origin"
        return origin in (key.origins if key and key.origins else self._listed)

    def of_key(self, key: Key, origin: str | None, headers: Cors) -> None:
        """Let a key's own list, if it has one, stand in the place of the settings'. Raises Forbidden for a page that
        is not on it, which may not read that either."""
        if origin is None or not key.origins:
            return
        if origin not in key.origins:
            headers[:] = [VARY]
            raise Forbidden(f"The write key “{key.name}” is for pages of {', '.join(key.origins)} only.")
        headers[:] = self._open_to(origin)

    def preflight(self, headers: Headers) -> Cors:
        """Give the headers that answer a preflight."""
        allowed = self.headers(headers.get(b"origin"))
        if allowed == [VARY]:
            return allowed
        wanted = headers.get(b"access-control-request-headers") or "authorization, content-type"
        return [
            *allowed,
            (b"access-control-allow-methods", b"GET, POST, OPTIONS"),
            (b"access-control-allow-headers", wanted.encode("latin-1")),
            (b"access-control-max-age", b"7200"),
        ]

    def _open_to(self, origin: str) -> Cors:
        opened = [
            (b"access-control-allow-origin", origin.encode("latin-1")),
            (b"access-control-expose-headers", b"Retry-After"),
            VARY,
        ]
        return [*opened, (b"access-control-allow-credentials", b"true")] if self._cookies else opened


async def send_json(send: Send, status: int, body: Any, more: Sequence[tuple[bytes, bytes]] = ()) -> None:
    """Send a JSON answer that nobody may keep."""
    await send_bytes(send, status, _encode(body), b"application/json", more)


async def send_bytes(
    send: Send, status: int, body: bytes, media_type: bytes, more: Sequence[tuple[bytes, bytes]] = ()
) -> None:
    """Send an answer that nobody may keep."""
    headers = [
        (b"content-type", media_type),
        (b"content-length", b"%d" % len(body)),
        (b"cache-control", b"private, no-store"),
        (b"x-content-type-options", b"nosniff"),
        *more,
    ]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


async def send_stream(send: Send, more: Sequence[tuple[bytes, bytes]] = ()) -> None:
    """Begin a stream of events that nobody may keep; proxies are asked to pass each on at once."""
    headers = [
        (b"content-type", b"text/event-stream"),
        (b"cache-control", b"private, no-store"),
        (b"x-accel-buffering", b"no"),
        (b"x-content-type-options", b"nosniff"),
        *more,
    ]
    await send({"type": "http.response.start", "status": 200, "headers": headers})


async def send_nothing(send: Send, headers: Sequence[tuple[bytes, bytes]]) -> None:
    """Send headers alone."""
    await send({"type": "http.response.start", "status": 204, "headers": headers})
    await send({"type": "http.response.body", "body": b""})


async def send_failure(send: Send, error: RollcallError, more: Sequence[tuple[bytes, bytes]] = ()) -> None:
    """Send what went wrong; overload and storage say when to try again."""
    wait = error.retry_after if isinstance(error, Overloaded) else STORAGE_RETRY_AFTER
    if isinstance(error, Overloaded | StorageUnavailable):
        more = [*more, (b"retry-after", b"%d" % wait)]
    told = {"code": error.code, "message": error.message}  # at the top, where Segment's clients look for them, too
    body = {"success": False, **told, "error": {**told, "path": ".".join(error.path)}}
    await send_json(send, STATUS.get(error.code, 400), body, more)


def complaints(listed: Sequence[Complaint]) -> list[dict[str, Any]]:
    """Write complaints as JSON objects."""
    return [{"index": one.index, "code": one.code, "path": one.path, "message": one.message} for one in listed]
