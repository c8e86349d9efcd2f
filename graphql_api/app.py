"""`/graphql`: one request from its headers to its answer. Reads may be GET, everything may be POST."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

import msgspec
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route, WebSocketRoute

from engine.errors import Overloaded, RollcallError
from engine.ports import Engine
from graphql_api.authorization import Caller, Server, caller_of
from graphql_api.documents import InvalidDocument
from graphql_api.errors import CODES, HTTP_STATUS, refused, told
from graphql_api.event_stream import EventStream
from graphql_api.live import owner_of
from graphql_api.request import (
    JSON,
    LARGEST_FOR_SERVERS,
    LARGEST_FOR_VISITORS,
    BadRequest,
    media_type_of,
    read_operation,
    wants_events,
)
from graphql_api.running import Refused, Runner
from graphql_api.websocket import Sockets


def routes(engine: Engine) -> list[BaseRoute]:
    """Serve GraphQL at `/graphql`, over HTTP and over WebSockets."""
    origins = [origin.strip() for origin in engine.settings.allowed_origins.split(",")]
    cross_origin = Middleware(
        CORSMiddleware,
        allow_origins=origins,
        allow_methods=["GET", "POST"],
        allow_headers=["Authorization", "Content-Type"],
        max_age=86_400,
    )
    runner = Runner(engine)
    methods = ["GET", "POST", "OPTIONS"]
    return [
        Route("/graphql", Endpoint(runner).answer, methods=methods, middleware=[cross_origin]),
        WebSocketRoute("/graphql", Sockets(runner, origins).serve),
    ]


class Endpoint:
    """Answers GraphQL requests over HTTP."""

    def __init__(self, runner: Runner) -> None:
        self._engine = runner.engine
        self._runner = runner

    async def answer(self, request: Request) -> Response:
        """Answer one request, whatever it is."""
        accept = request.headers.get("accept")
        media_type = media_type_of(accept)
        try:
            caller = self._admitted(request)
            is_server = isinstance(caller, Server)
            operation = await read_operation(request, LARGEST_FOR_SERVERS if is_server else LARGEST_FOR_VISITORS)
            if wants_events(accept) and self._runner.is_endless(caller, operation):
                return EventStream(self._runner, caller, operation, owner_of(caller, request.client), _refusal)
            body = await self._runner.run(caller, operation, is_safe=request.method == "GET")
        except (BadRequest, RollcallError, InvalidDocument) as error:
            return _refusal(error, media_type)
        return _answer(body, 200 if "data" in body or media_type == JSON else 400, media_type)

    def _admitted(self, request: Request) -> Caller:
        """Tell who asks, unless he asks too often. Raises Overloaded, Unauthorized, Forbidden."""
        if request.client is not None:  # the demo site asks from within
            self._engine.limits.address(request.client.host)
        caller = caller_of(request.headers, self._engine.keys)
        if isinstance(caller, Server):
            self._engine.limits.key(caller.key.id)
        return caller


def _refusal(error: Exception, media_type: str) -> Response:
    """Answer a request that was refused as a whole."""
    match error:
        case BadRequest():
            return _answer(refused(error.message), error.status, media_type, error.headers)
        case RollcallError():
            code = CODES[error.code]
            wait = {"Retry-After": str(error.retry_after)} if isinstance(error, Overloaded) else {}
            return _answer(refused(error.message, code), HTTP_STATUS.get(code, 400), media_type, wait)
        case InvalidDocument():
            body = {"errors": [told(one, error.code) for one in error.errors]}
            return _answer(body, 200 if media_type == JSON else 400, media_type)
        case Refused():
            code = error.errors[0]["extensions"]["code"]
            return _answer({"errors": error.errors}, HTTP_STATUS.get(code, 400), media_type)
        case _:
            raise error


def _answer(
    body: Mapping[str, Any], status: int, media_type: str, headers: Mapping[str, str] = MappingProxyType({})
) -> Response:
    return Response(
        msgspec.json.encode(body),
        status,
        {"Cache-Control": "private, no-store", "Content-Type": f"{media_type}; charset=utf-8", **headers},
    )
