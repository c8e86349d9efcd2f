"""A request on the hot path: its headers, its body within bounds, whose key it carries."""

from __future__ import annotations

import zlib
from base64 import b64decode
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import parse_qs

import msgspec
from starlette.types import Receive, Scope

from collector.limits import LARGEST_BODY
from engine.domain.keys import Key, KeyKind
from engine.domain.keys import Scope as KeyScope
from engine.errors import Forbidden, InvalidValue, RollcallError, Unauthorized
from engine.ports import Keys

SENDERS = (KeyKind.WRITE, KeyKind.SECRET)
GZIP = 16 + zlib.MAX_WBITS
_decode = msgspec.json.Decoder().decode


class TooLarge(RollcallError):
    """The body is larger than any honest one."""

    code = "too_large"


class Unreadable(RollcallError):
    """The body is packed in a way that is not understood here."""

    code = "unsupported_encoding"


class Gone(Exception):
    """The client hung up while it sent: nobody is there to answer."""


class Headers:
    """The headers of a request that matter here, read in one pass."""

    __slots__ = ("_found",)

    def __init__(self, scope: Scope) -> None:
        self._found: dict[bytes, bytes] = dict(scope["headers"])

    def get(self, name: bytes) -> str | None:
        """Give a header's text; names in lower case."""
        value = self._found.get(name)
        return None if value is None else value.decode("latin-1")

    @property
    def in_advance(self) -> bool:
        """Whether nobody looks yet: a browser fetches or renders a page in case its visitor goes there."""
        return b"prefetch" in self._found.get(b"sec-purpose", b"")

    @property
    def is_packed(self) -> bool:
        """Whether the body is packed with gzip. Raises Unreadable for any other packing."""
        coding = self._found.get(b"content-encoding")
        if coding is None or (said := coding.strip().lower()) in (b"", b"identity"):
            return False
        if said not in (b"gzip", b"x-gzip"):
            raise Unreadable("The body is sent as it is, or packed with gzip, once.", ("Content-Encoding",))
        return True

    @property
    def from_browser(self) -> bool:
        """Whether a page in a browser sent this."""
        return b"origin" in self._found or b"sec-fetch-site" in self._found


async def read_object(receive: Receive, headers: Headers) -> dict[str, Any]:
    """Read a body that must be a JSON object. Raises TooLarge, Unreadable, InvalidValue that says where it is
    malformed, or Gone."""
    packed = headers.is_packed
    _check_length(headers.get(b"content-length"))
    body = await read_body(receive)
    if packed:
        body = _unpacked(body)
    try:
        found = _decode(body)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
        raise InvalidValue(f"The body is not JSON: {error}.") from None
    if not isinstance(found, dict):
        raise InvalidValue("The body is a JSON object.")
    return found


def _check_length(said: str | None) -> None:
    """Refuse what says itself that it is too large, before any of it is taken."""
    if said is not None and said.isdecimal() and int(said) > LARGEST_BODY:
        raise _too_large()


def _too_large() -> TooLarge:
    return TooLarge(f"A request holds at most {LARGEST_BODY // 1024} KB, also when it is unpacked.")


async def read_body(receive: Receive) -> bytes:
    """Read a body, and stop while it streams when it grows too large. Raises TooLarge, or Gone."""
    parts: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise Gone
        body: bytes = message.get("body", b"")
        size += len(body)
        if size > LARGEST_BODY:
            raise _too_large()
        if not message.get("more_body"):
            return b"".join([*parts, body]) if parts else body
        parts.append(body)


def _unpacked(body: bytes) -> bytes:
    """Unpack gzip, as phones and servers send it; a bomb is met with the same limit, before it is held whole."""
    unpacking = zlib.decompressobj(GZIP)
    try:
        found = unpacking.decompress(body, LARGEST_BODY + 1)
    except zlib.error:
        raise InvalidValue("The body is not gzip, though Content-Encoding says so.", ("Content-Encoding",)) from None
    if len(found) > LARGEST_BODY:
        raise _too_large()
    if not unpacking.eof:
        raise InvalidValue("The gzip body ends too early.")
    if unpacking.unused_data:
        raise InvalidValue("Something follows the end of the gzip body.")
    return found


def key_of(headers: Headers, query: bytes, body: Mapping[str, Any], keys: Keys) -> Key:
    """Tell whose key a request carries. Raises Unauthorized; Forbidden for a secret key where others see it."""
    shielded = _from_authorization(headers.get(b"authorization"))
    token = shielded or headers.get(b"x-write-key") or _from_body(body) or _from_query(query)
    key = None if token is None else keys.check(token)
    if key is None or key.kind not in SENDERS:
        raise Unauthorized(
            "Send a write key (wk_…): as Basic user name, Bearer, X-Write-Key, or as writeKey in the body or query."
        )
    if key.kind is KeyKind.SECRET and headers.from_browser:
        raise Forbidden("A secret key must not be in a page. Use a write key (wk_…) there, and rotate this one.")
    if key.kind is KeyKind.SECRET and not shielded:
        raise Forbidden("A secret key goes into the Authorization header only. Rotate this one: addresses are logged.")
    return key


def sender_of(headers: Headers, query: bytes, body: Mapping[str, Any], keys: Keys) -> Key:
    """Tell whose key the events of a request come with. Raises Unauthorized, or Forbidden."""
    key = key_of(headers, query, body, keys)
    if key.kind is KeyKind.SECRET:
        key.require(KeyScope.EVENTS)
    return key


def require_server(headers: Headers, keys: Keys, scope: KeyScope) -> Key:
    """Tell whose secret key a request carries; it must have a scope. Raises Unauthorized or Forbidden."""
    key = key_of(headers, b"", {}, keys)
    if key.kind is not KeyKind.SECRET:
        raise Forbidden("This needs a secret key (sk_…).")
    key.require(scope)
    return key


def _from_authorization(header: str | None) -> str | None:
    scheme, _, rest = (header or "").partition(" ")
    match scheme.lower():
        case "bearer":
            return rest.strip() or None
        case "basic":
            try:
                return b64decode(rest.strip(), validate=True).decode().partition(":")[0] or None
            except ValueError:  # neither base64 nor UTF-8
                return None
        case _:
            return None


def _from_body(body: Mapping[str, Any]) -> str | None:
    value = body.get("writeKey")
    return value if isinstance(value, str) and value else None


def _from_query(query: bytes) -> str | None:
    values: Sequence[str] = parse_qs(query.decode("latin-1")).get("writeKey", []) if query else []
    return values[0] if values else None
