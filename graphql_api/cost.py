"""How many objects an operation can give at most, by the sizes of its pages: known before anything is run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLSchema,
    InlineFragmentNode,
    IntValueNode,
    ListValueNode,
    OperationDefinitionNode,
    SelectionSetNode,
    ValueNode,
    VariableNode,
    get_named_type,
    get_nullable_type,
    is_leaf_type,
    is_list_type,
)

from graphql_api.paging import DEFAULT_SIZE, LARGEST_SIZE

MOST_OBJECTS: Final = 5_000
UNPAGED: Final = 10
"""What a list without pages counts as."""

_SIZES: Final = ("first", "last", "sample", "ids")
_Type = GraphQLObjectType | GraphQLInterfaceType


class _Largest(dict[str, Any]):
    """Variables that are as large as they may be."""

    def get(self, key: str, default: Any = None) -> Any:
        """Give the largest size, whatever it is of."""
        return LARGEST_SIZE


def is_always_small(schema: GraphQLSchema, document: DocumentNode) -> bool:
    """Tell whether no operation of a document gives too many objects, whatever its variables."""
    count = _Count(schema, _fragments(document), _Largest())
    operations = [one for one in document.definitions if isinstance(one, OperationDefinitionNode)]
    return all(count.of(one.selection_set, schema.get_root_type(one.operation)) <= MOST_OBJECTS for one in operations)


def check_cost(
    schema: GraphQLSchema, document: DocumentNode, variables: Mapping[str, Any] | None, operation_name: str | None
) -> None:
    """Raise GraphQLError where the operation chosen, or any if none is, could give too many objects."""
    fragments = _fragments(document)
    for operation in document.definitions:
        if isinstance(operation, OperationDefinitionNode) and operation_name in (None, _name(operation)):
            root = schema.get_root_type(operation.operation)
            count = _Count(schema, fragments, _given(operation, variables or {})).of(operation.selection_set, root)
            if count > MOST_OBJECTS:
                raise GraphQLError(_too_many(count), operation)


def _too_many(count: int) -> str:
    asked = f"{count:,}" if count < 10**9 else "over 1,000,000,000"
    return (
        f"The operation could give {asked} objects, its page sizes multiplied; at most {MOST_OBJECTS:,} are allowed. "
        "Ask for smaller pages with `first`, or for what lies inside in an operation of its own."
    )


def _fragments(document: DocumentNode) -> Mapping[str, FragmentDefinitionNode]:
    return {one.name.value: one for one in document.definitions if isinstance(one, FragmentDefinitionNode)}


def _name(operation: OperationDefinitionNode) -> str | None:
    return operation.name.value if operation.name else None


def _given(operation: OperationDefinitionNode, variables: Mapping[str, Any]) -> Mapping[str, Any]:
    defaults = {one.variable.name.value: one.default_value for one in operation.variable_definitions or ()}
    written = {name: _written(node, {}) for name, node in defaults.items() if node is not None}
    return {**written, **variables}


def _written(node: ValueNode, variables: Mapping[str, Any]) -> Any:
    match node:
        case IntValueNode(value=value):
            return int(value)
        case ListValueNode(values=values):
            return values
        case VariableNode(name=name):
            return variables.get(name.value)
        case _:
            return None


def _size(value: Any) -> int:
    """Give a page's size; what is not one is refused later, by the field itself."""
    match value:
        case bool():
            return DEFAULT_SIZE
        case int():
            return min(max(value, 0), LARGEST_SIZE)
        case list() | tuple():
            return min(len(value), LARGEST_SIZE)
        case _:
            return DEFAULT_SIZE


class _Count:
    """Counts objects; each fragment once, however often it is spread."""

    def __init__(
        self,
        schema: GraphQLSchema,
        fragments: Mapping[str, FragmentDefinitionNode],
        variables: Mapping[str, Any],
    ) -> None:
        self._schema = schema
        self._fragments = fragments
        self._variables = variables
        self._known: dict[str, int] = {}

    def of(self, selections: SelectionSetNode | None, parent: Any) -> int:
        """Count what selections on a type can give."""
        return sum(self._of(one, parent) for one in (selections.selections if selections else ()))

    def _of(self, selection: Any, parent: Any) -> int:
        match selection:
            case FieldNode():
                return self._of_field(selection, parent)
            case InlineFragmentNode(type_condition=condition, selection_set=inside):
                return self.of(inside, self._schema.get_type(condition.name.value) if condition else parent)
            case FragmentSpreadNode(name=name):
                return self._of_fragment(name.value)
            case _:
                raise AssertionError("a selection is a field, a spread or an inline fragment")

    def _of_fragment(self, name: str) -> int:
        if name not in self._known:
            fragment = self._fragments[name]
            self._known[name] = self.of(
                fragment.selection_set, self._schema.get_type(fragment.type_condition.name.value)
            )
        return self._known[name]

    def _of_field(self, node: FieldNode, parent: Any) -> int:
        field = parent.fields.get(node.name.value) if isinstance(parent, _Type) else None
        if field is None or is_leaf_type(get_named_type(field.type)):  # introspection cannot grow
            return 0
        inside = self.of(node.selection_set, get_named_type(field.type))
        if is_list_type(get_nullable_type(field.type)):
            return self._items(node, parent.name, field.args) * (1 + inside)
        is_page = get_named_type(field.type).name.endswith("Connection")
        return inside * self._page(node) if is_page else inside

    def _items(self, node: FieldNode, parent: str, arguments: Mapping[str, Any]) -> int:
        if parent.endswith("Connection"):  # `edges` and `nodes`: their number stands at the connection
            return 1
        return self._page(node) if any(name in arguments for name in _SIZES) else UNPAGED

    def _page(self, node: FieldNode) -> int:
        sizes: Sequence[int] = [
            _size(_written(one.value, self._variables)) for one in node.arguments or () if one.name.value in _SIZES
        ]
        return max(sizes, default=DEFAULT_SIZE)
