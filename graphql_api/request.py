"""GraphQL over HTTP, inbound: from a request to what it asks to run. Nothing here knows the schema."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import msgspec
from starlette.requests import Request

LARGEST_FOR_VISITORS: Final = 16 * 1024
LARGEST_FOR_SERVERS: Final = 1024 * 1024

GRAPHQL_RESPONSE: Final = "application/graphql-response+json"
JSON: Final = "application/json"
EVENTS: Final = "text/event-stream"


class Operation(msgspec.Struct, frozen=True, rename="camel"):
    """What a request asks to run."""

    query: str | None = None
    document_id: str | None = None
    operation_name: str | None = None
    variables: dict[str, Any] | None = None
    extensions: dict[str, Any] | None = None


class BadRequest(Exception):
    """A request that is not GraphQL over HTTP; `status` says why."""

    def __init__(self, status: int, message: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.headers = headers or {}


async def read_operation(request: Request, largest: int) -> Operation:
    """Read what is asked: parameters of a GET, JSON in the body of a POST. Raises BadRequest."""
    if request.method == "GET":
        return _from_parameters(request, largest)
    if request.method != "POST":
        raise BadRequest(405, "Send GET or POST.", {"Allow": "GET, POST"})
    media_type, _, parameter = request.headers.get("content-type", "").partition(";")
    if media_type.strip().lower() != JSON:
        raise BadRequest(415, "Post application/json.")
    if "charset" in parameter.lower() and "utf-8" not in parameter.lower():
        raise BadRequest(415, "Post JSON in UTF-8.")
    if request.headers.get("content-encoding", "identity").lower() != "identity":
        raise BadRequest(415, "Post JSON as it is, not packed.")
    return _decoded(await _body(request, largest))


def _from_parameters(request: Request, largest: int) -> Operation:
    if len(request.scope["query_string"]) > largest:
        raise BadRequest(414, f"The query is longer than {largest} bytes: send it by POST.")
    given: dict[str, Any] = dict(request.query_params)
    for name in ("variables", "extensions"):
        if name in given:
            given[name] = _json(given[name], name)
    return _checked(given)


async def _body(request: Request, largest: int) -> bytes:
    if int(request.headers.get("content-length", "0")) > largest:
        raise _too_large(largest)
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > largest:
            raise _too_large(largest)
    return bytes(body)


def _too_large(largest: int) -> BadRequest:
    return BadRequest(413, f"The body is larger than {largest} bytes.", {"Connection": "close"})


def _decoded(body: bytes) -> Operation:
    try:
        return msgspec.json.decode(body, type=Operation)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise BadRequest(400, f"The body is not a GraphQL request: {error}.") from None


def _json(text: str, name: str) -> Any:
    try:
        return msgspec.json.decode(text)
    except (msgspec.DecodeError, RecursionError) as error:
        raise BadRequest(400, f"`{name}` is not JSON: {error}.") from None


def _checked(given: Mapping[str, Any]) -> Operation:
    try:
        return msgspec.convert(given, Operation)
    except msgspec.ValidationError as error:
        raise BadRequest(400, f"This is not a GraphQL request: {error}.") from None


def media_type_of(accept: str | None) -> str:
    """Choose what to answer with: the media type for GraphQL where it is wanted, else plain JSON."""
    for wanted in (accept or "").split(","):
        match wanted.partition(";")[0].strip().lower():
            case "application/graphql-response+json":
                return GRAPHQL_RESPONSE
            case "application/json" | "application/*" | "*/*":
                return JSON
    return JSON


def wants_events(accept: str | None) -> bool:
    """Tell whether a stream of events is wanted (graphql-sse, distinct connections)."""
    return any(one.partition(";")[0].strip().lower() == EVENTS for one in (accept or "").split(","))
