"""Runs operations: one that is answered once, and one that goes on. Knows nothing of HTTP or WebSockets."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import AsyncExitStack, aclosing, asynccontextmanager
from typing import Any

from graphql import (
    DocumentNode,
    ExecutionResult,
    GraphQLError,
    GraphQLResolveInfo,
    GraphQLSchema,
    MiddlewareManager,
    OperationType,
    execute,
    get_operation_ast,
    subscribe,
)

from engine.errors import Forbidden
from engine.ports import Engine
from graphql_api.allowed import Allowed
from graphql_api.authorization import Caller, Server, Visitor, check_field, visitors_only, within_scopes
from graphql_api.context import Context, Following
from graphql_api.errors import told
from graphql_api.live import Live, Stopping
from graphql_api.request import BadRequest, Operation
from graphql_api.schema import build_schema

Body = dict[str, Any]
ENDLESS = "A subscription runs over a WebSocket (graphql-transport-ws), or with `Accept: text/event-stream`."


class Refused(Exception):
    """A subscription that does not begin; `errors` say why."""

    def __init__(self, errors: list[dict[str, Any]]) -> None:
        super().__init__(errors[0]["message"])
        self.errors = errors


class Runner:
    """The schema at work, for any transport."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.live = Live(engine.feed)
        self._schema = _guarded(build_schema()._schema)  # strawberry has no public name for graphql-core's schema
        self._allowed = Allowed(self._schema, engine.settings)
        self._for_visitors = MiddlewareManager(visitors_only)
        self._for_some = MiddlewareManager(within_scopes)

    async def run(self, caller: Caller, operation: Operation, is_safe: bool = False) -> Body:
        """Answer an operation; a safe request may only read. Raises InvalidDocument, BadRequest."""
        document = self._allowed.read(caller, operation)
        kind = kind_of(document, operation)
        if is_safe and kind is OperationType.MUTATION:
            raise BadRequest(405, "A mutation must be sent by POST.", {"Allow": "POST"})
        if kind is OperationType.SUBSCRIPTION:
            raise BadRequest(400, ENDLESS)
        result = execute(
            self._schema,
            document,
            context_value=Context(self.engine, caller),
            variable_values=operation.variables,
            operation_name=operation.operation_name,
            middleware=self._guard(caller),
            hide_suggestions=not self._allowed.tells_schema(caller),
        )
        return _body(result if isinstance(result, ExecutionResult) else await result)

    def is_endless(self, caller: Caller, operation: Operation) -> bool:
        """Tell whether an operation is a subscription. Raises InvalidDocument."""
        return kind_of(self._allowed.read(caller, operation), operation) is OperationType.SUBSCRIPTION

    @asynccontextmanager
    async def follow(self, caller: Caller, operation: Operation, owner: str) -> AsyncIterator[AsyncIterator[Body]]:
        """Begin a subscription: nothing that happens from then on is missed, and its end leaves nothing behind.

        Raises InvalidDocument, Overloaded, and Refused for what its resolver does not accept."""
        document = self._allowed.read(caller, operation)
        async with AsyncExitStack() as held:
            held.enter_context(self.live.place(owner))
            context = Context(self.engine, caller, Following(self.live, held))
            result = subscribe(
                self._schema,
                document,
                context_value=context,
                variable_values=operation.variables,
                operation_name=operation.operation_name,
                middleware=self._guard(caller),
                hide_suggestions=not self._allowed.tells_schema(caller),
            )
            stream = result if isinstance(result, ExecutionResult | AsyncIterator) else await result
            if isinstance(stream, ExecutionResult):
                raise Refused([told(error) for error in stream.errors or ()])
            held.push_async_callback(_closed, stream)
            yield await held.enter_async_context(aclosing(self._bodies(stream, context)))

    async def _bodies(self, results: AsyncIterator[ExecutionResult], context: Context) -> AsyncGenerator[Body]:
        """Give each result as it is told; each is read anew, by a key that still opens."""
        try:
            async for result in results:
                self._check_key(context.caller)
                context.loaders.forget()
                yield _body(result)
        except Stopping:
            raise
        except Exception as error:
            raise Refused([told(_located(error))]) from error

    def _check_key(self, caller: Caller) -> None:
        if isinstance(caller, Server) and self.engine.keys.live(caller.key.id) is None:
            raise Forbidden("This key has been revoked.")

    def _guard(self, caller: Caller) -> MiddlewareManager | None:
        """Give what stands before each field: nothing before those of a key that may everything."""
        match caller:
            case Visitor():
                return self._for_visitors
            case Server(key):
                return None if key.may_everything else self._for_some


def kind_of(document: DocumentNode, operation: Operation) -> OperationType | None:
    """Tell what the chosen operation is; None where none is."""
    chosen = get_operation_ast(document, operation.operation_name)
    return None if chosen is None else chosen.operation


def _guarded(schema: GraphQLSchema) -> GraphQLSchema:
    """Let subscriptions be checked before they begin: graphql-core's middleware stands before their results only."""
    for field in schema.subscription_type.fields.values() if schema.subscription_type else ():
        if field.subscribe is not None:
            field.subscribe = _checked(field.subscribe)
    return schema


def _checked(begin: Callable[..., Any]) -> Callable[..., Any]:
    def begin_checked(source: Any, info: GraphQLResolveInfo[Any], **arguments: Any) -> Any:
        check_field(info.context.caller, info.parent_type.name, info.field_name)
        return begin(source, info, **arguments)

    return begin_checked


async def _closed(stream: AsyncIterator[ExecutionResult]) -> None:
    """End what gives the results; it is a generator, though graphql-core promises less."""
    if isinstance(stream, AsyncGenerator):
        await stream.aclose()


def _located(error: Exception) -> GraphQLError:
    return error if isinstance(error, GraphQLError) else GraphQLError(str(error), original_error=error)


def _body(result: ExecutionResult) -> Body:
    if not result.errors:
        return {"data": result.data}
    errors = [told(error) for error in result.errors]
    never_ran = result.data is None and all(error.path is None for error in result.errors)
    return {"errors": errors} if never_ran else {"errors": errors, "data": result.data}
