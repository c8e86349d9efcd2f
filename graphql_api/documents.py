"""Documents ready to run: read, limited and validated once, then kept by their text."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
from functools import lru_cache
from typing import Final

from graphql import (
    ASTValidationRule,
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    GraphQLSchema,
    InlineFragmentNode,
    NoSchemaIntrospectionCustomRule,
    OperationDefinitionNode,
    SelectionNode,
    SelectionSetNode,
    parse,
    specified_rules,
    validate,
)
from strawberry.schema.validation_rules.one_of import OneOfInputValidationRule

MOST_TOKENS: Final = 2_000
MOST_COMMENTS: Final = 100
MOST_DEPTH: Final = 15
MOST_FIELDS: Final = 250
MOST_ALIASES: Final = 50
MOST_DIRECTIVES: Final = 50
MOST_ERRORS: Final = 20
KEPT: Final = 256

_RULES: Final = (*specified_rules, OneOfInputValidationRule)  # built once: graphql-core knows rules by what they are


class InvalidDocument(Exception):
    """A document that does not parse, is too large, or does not fit the schema."""

    def __init__(self, code: str, errors: list[GraphQLError]) -> None:
        super().__init__(errors[0].message)
        self.code = code
        self.errors = errors


def documents(
    schema: GraphQLSchema,
    kept: int = KEPT,
    is_open: bool = True,
    rules: tuple[type[ASTValidationRule], ...] = _RULES,
) -> Callable[[str], DocumentNode]:
    """Make the reader of documents for a schema; it raises InvalidDocument, and keeps valid documents only.

    One that is not open tells nothing of the schema: no introspection, no suggestions."""
    if not is_open:
        rules = (*rules, NoSchemaIntrospectionCustomRule)

    @lru_cache(maxsize=kept)
    def read(text: str) -> DocumentNode:
        document = _parsed(text)
        _check_shape(document)
        if errors := validate(schema, document, rules, MOST_ERRORS, hide_suggestions=not is_open):
            raise InvalidDocument("GRAPHQL_VALIDATION_FAILED", errors)
        return document

    return read


def _parsed(text: str) -> DocumentNode:
    try:
        return parse(text, max_lexical_tokens=MOST_TOKENS, max_comments=MOST_COMMENTS)
    except GraphQLError as error:
        raise InvalidDocument("GRAPHQL_PARSE_FAILED", [error]) from None
    except RecursionError:
        raise InvalidDocument("GRAPHQL_PARSE_FAILED", [GraphQLError("The document is nested too deeply.")]) from None


@dataclass(frozen=True, slots=True)
class _Shape:
    depth: int = 0
    fields: int = 0
    aliases: int = 0
    directives: int = 0


_LARGEST: Final = _Shape(MOST_DEPTH, MOST_FIELDS, MOST_ALIASES, MOST_DIRECTIVES)


def _check_shape(document: DocumentNode) -> None:
    measure = _Measure({d.name.value: d for d in document.definitions if isinstance(d, FragmentDefinitionNode)})
    for definition in document.definitions:
        if isinstance(definition, OperationDefinitionNode):
            shape = measure.of_operation(definition)
            for what, most in asdict(_LARGEST).items():
                if (count := getattr(shape, what)) > most:
                    message = f"The operation's {what}: {count}, fragments included. At most {most} are allowed."
                    raise InvalidDocument("GRAPHQL_VALIDATION_FAILED", [GraphQLError(message, definition)])


class _Measure:
    """Measures selections; each fragment once, and one that spreads itself as nothing (validation refuses it)."""

    def __init__(self, fragments: Mapping[str, FragmentDefinitionNode]) -> None:
        self._fragments = fragments
        self._known: dict[str, _Shape] = {}

    def of(self, selections: SelectionSetNode | None) -> _Shape:
        """Measure selections; introspection, which cannot go on for ever, counts as one level."""
        inside = [self._of_selection(selection) for selection in selections.selections] if selections else []
        return _Shape(
            max((shape.depth for shape in inside), default=0),
            sum(shape.fields for shape in inside),
            sum(shape.aliases for shape in inside),
            sum(shape.directives for shape in inside),
        )

    def of_operation(self, operation: OperationDefinitionNode) -> _Shape:
        """Measure an operation with its own directives, and those of its variables."""
        shape = self.of(operation.selection_set)
        variables = sum(len(one.directives or ()) for one in operation.variable_definitions or ())
        return replace(shape, directives=shape.directives + variables + len(operation.directives or ()))

    def _of_selection(self, selection: SelectionNode) -> _Shape:
        shape = self._of_inside(selection)
        own = len(selection.directives or ())
        return replace(shape, directives=shape.directives + own) if own else shape

    def _of_inside(self, selection: SelectionNode) -> _Shape:
        match selection:
            case FieldNode(name=name, alias=alias, selection_set=below):
                shape = self.of(below)
                depth = 0 if name.value.startswith("__") else shape.depth
                return _Shape(depth + 1, shape.fields + 1, shape.aliases + (alias is not None), shape.directives)
            case FragmentSpreadNode(name=name):
                return self._of_fragment(name.value)
            case InlineFragmentNode(selection_set=below):
                return self.of(below)
            case _:
                raise AssertionError("a selection is a field, a spread or an inline fragment")

    def _of_fragment(self, name: str) -> _Shape:
        if name not in self._known and name in self._fragments:
            self._known[name] = _Shape()
            self._known[name] = self.of(self._fragments[name].selection_set)
        return self._known.get(name, _Shape())
