"""Which documents who asks may run: trusted ones or any, with or without introspection, and never too large."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

from graphql import DocumentNode, GraphQLError, GraphQLSchema

from engine.errors import Forbidden, InvalidValue
from engine.settings import Settings
from graphql_api.authorization import Caller, Server
from graphql_api.cost import check_cost, is_always_small
from graphql_api.documents import KEPT, InvalidDocument, documents
from graphql_api.request import BadRequest, Operation
from graphql_api.trusted import id_of, trusted_documents


class Allowed:
    """Reads documents for those who ask. Raises InvalidValue where the settings, or a trusted document, are wrong."""

    def __init__(self, schema: GraphQLSchema, settings: Settings) -> None:
        self._schema = schema
        self._everyone_looks = _one_of(settings, "graphql_introspection", "keys", "everyone") == "everyone"
        self._trusted_only = _one_of(settings, "graphql_visitors", "anything", "documents") == "documents"
        self._trusted = trusted_documents(settings.graphql_documents)
        self._read = _weighed(schema, documents(schema))
        self._read_for_visitors = _weighed(schema, documents(schema, is_open=self._everyone_looks))
        if self._trusted_only and not self._trusted:
            raise InvalidValue("graphql_visitors = documents needs graphql_documents: a folder or a JSON file.")
        self._check_trusted()

    def tells_schema(self, caller: Caller) -> bool:
        """Tell whether who asks may see the schema: by introspection, and by what errors suggest."""
        return self._everyone_looks or isinstance(caller, Server)

    def read(self, caller: Caller, operation: Operation) -> DocumentNode:
        """Give the document to run. Raises InvalidDocument, BadRequest, Forbidden."""
        text = self._text(caller, operation)
        document, is_small = (self._read if self.tells_schema(caller) else self._read_for_visitors)(text)
        if not is_small:
            self._check_cost(document, operation)
        return document

    def _check_cost(self, document: DocumentNode, operation: Operation) -> None:
        try:
            check_cost(self._schema, document, operation.variables, operation.operation_name)
        except GraphQLError as error:
            raise InvalidDocument("GRAPHQL_VALIDATION_FAILED", [error]) from None

    def _text(self, caller: Caller, operation: Operation) -> str:
        if operation.document_id is not None and operation.query is not None:
            raise BadRequest(400, "Send `query` or `documentId`, not both.")
        if operation.document_id is not None:
            if (known := self._trusted.get(operation.document_id)) is None:
                unknown = GraphQLError("No document is known here by this `documentId`.")
                raise InvalidDocument("PERSISTED_DOCUMENT_NOT_FOUND", [unknown])
            return known
        if operation.query is None:
            raise BadRequest(400, "Send `query`, the text of a document, or `documentId`, the name of a trusted one.")
        if self._trusted_only and not isinstance(caller, Server) and id_of(operation.query) not in self._trusted:
            raise Forbidden("Visitors may run only the documents that this site trusts: send one's `documentId`.")
        return operation.query

    def _check_trusted(self) -> None:
        for name, text in self._trusted.items():
            try:
                self._read(text)
            except InvalidDocument as invalid:
                raise InvalidValue(f"graphql_documents: {name}: {invalid}", ("graphql_documents",)) from None


def _weighed(schema: GraphQLSchema, read: Callable[[str], DocumentNode]) -> Callable[[str], tuple[DocumentNode, bool]]:
    """Make a reader that also tells whether a document is small whatever its variables, so that it needs no count."""

    @lru_cache(maxsize=KEPT)
    def weighed(text: str) -> tuple[DocumentNode, bool]:
        document = read(text)
        return document, is_always_small(schema, document)

    return weighed


def _one_of(settings: Settings, name: str, *words: str) -> str:
    value = str(getattr(settings, name))
    if value not in words:
        raise InvalidValue(f"{name} is {' or '.join(f'`{word}`' for word in words)}, not {value!r}.", (name,))
    return value
