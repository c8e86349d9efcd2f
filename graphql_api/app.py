"""`/graphql`: one request from its headers to its answer. Reads may be GET, everything may be POST."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

import msgspec
from graphql import DocumentNode, ExecutionResult, MiddlewareManager, OperationType, execute, get_operation_ast
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from engine.errors import Overloaded, RollcallError
from engine.ports import Engine
from graphql_api.allowed import Allowed
from graphql_api.authorization import Caller, Server, Visitor, caller_of, visitors_only, within_scopes
from graphql_api.context import Context
from graphql_api.documents import InvalidDocument
from graphql_api.errors import CODES, HTTP_STATUS, refused, told
from graphql_api.request import (
    JSON,
    LARGEST_FOR_SERVERS,
    LARGEST_FOR_VISITORS,
    BadRequest,
    Operation,
    media_type_of,
    read_operation,
)
from graphql_api.schema import build_schema


def routes(engine: Engine) -> list[BaseRoute]:
    """Serve GraphQL at `/graphql`."""
    origins = [origin.strip() for origin in engine.settings.allowed_origins.split(",")]
    cross_origin = Middleware(
        CORSMiddleware,
        allow_origins=origins,
        allow_methods=["GET", "POST"],
        allow_headers=["Authorization", "Content-Type"],
        max_age=86_400,
    )
    methods = ["GET", "POST", "OPTIONS"]
    return [Route("/graphql", Endpoint(engine).answer, methods=methods, middleware=[cross_origin])]


class Endpoint:
    """Answers GraphQL requests."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._schema = build_schema()._schema  # strawberry has no public name for graphql-core's schema
        self._allowed = Allowed(self._schema, engine.settings)
        self._for_visitors = MiddlewareManager(visitors_only)
        self._for_some = MiddlewareManager(within_scopes)

    async def answer(self, request: Request) -> Response:
        """Answer one request, whatever it is."""
        media_type = media_type_of(request.headers.get("accept"))
        try:
            body = await self._run(request)
        except BadRequest as bad:
            return _answer(refused(bad.message), bad.status, media_type, bad.headers)
        except RollcallError as error:
            code = CODES[error.code]
            wait = {"Retry-After": str(error.retry_after)} if isinstance(error, Overloaded) else {}
            return _answer(refused(error.message, code), HTTP_STATUS.get(code, 400), media_type, wait)
        except InvalidDocument as invalid:
            body = {"errors": [told(error, invalid.code) for error in invalid.errors]}
        return _answer(body, 200 if "data" in body or media_type == JSON else 400, media_type)

    async def _run(self, request: Request) -> dict[str, Any]:
        caller = self._admitted(request)
        is_server = isinstance(caller, Server)
        operation = await read_operation(request, LARGEST_FOR_SERVERS if is_server else LARGEST_FOR_VISITORS)
        document = self._allowed.read(caller, operation)
        if request.method == "GET":
            _check_is_query(document, operation)
        result = execute(
            self._schema,
            document,
            context_value=Context(self._engine, caller),
            variable_values=operation.variables,
            operation_name=operation.operation_name,
            middleware=self._guard(caller),
            hide_suggestions=not self._allowed.tells_schema(caller),
        )
        return _body(result if isinstance(result, ExecutionResult) else await result)

    def _admitted(self, request: Request) -> Caller:
        """Tell who asks, unless he asks too often. Raises Overloaded, Unauthorized, Forbidden."""
        if request.client is not None:  # the demo site asks from within
            self._engine.limits.address(request.client.host)
        caller = caller_of(request.headers, self._engine.keys)
        if isinstance(caller, Server):
            self._engine.limits.key(caller.key.id)
        return caller

    def _guard(self, caller: Caller) -> MiddlewareManager | None:
        """Give what stands before each field: nothing before those of a key that may everything."""
        match caller:
            case Visitor():
                return self._for_visitors
            case Server(key):
                return None if key.may_everything else self._for_some


def _check_is_query(document: DocumentNode, operation: Operation) -> None:
    chosen = get_operation_ast(document, operation.operation_name)
    if chosen is not None and chosen.operation is not OperationType.QUERY:
        raise BadRequest(405, f"A {chosen.operation.value} must be sent by POST.", {"Allow": "POST"})


def _body(result: ExecutionResult) -> dict[str, Any]:
    if not result.errors:
        return {"data": result.data}
    errors = [told(error) for error in result.errors]
    never_ran = result.data is None and all(error.path is None for error in result.errors)
    return {"errors": errors} if never_ran else {"errors": errors, "data": result.data}


def _answer(
    body: Mapping[str, Any], status: int, media_type: str, headers: Mapping[str, str] = MappingProxyType({})
) -> Response:
    return Response(
        msgspec.json.encode(body),
        status,
        {"Cache-Control": "private, no-store", "Content-Type": f"{media_type}; charset=utf-8", **headers},
    )
