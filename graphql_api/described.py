"""Strawberry's decorators, told what a thing is by its docstring: one sentence serves the reader and the schema.

Types here are declarations. A field without a resolver reads the attribute of its name from the engine's own record.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum
from typing import Any, TypeVar, dataclass_transform

import strawberry
from strawberry.types.field import StrawberryField

T = TypeVar("T")
E = TypeVar("E", bound=type[Enum])


def attribute(description: str) -> Any:
    """Declare a field that is an attribute of the record, or a field that an input must have."""
    return strawberry.field(description=description)


@dataclass_transform(kw_only_default=True, field_specifiers=(attribute,))
def type_(declared: type[T]) -> type[T]:
    """Declare an object type."""
    return strawberry.type(declared, description=_sentence(declared))


def record_type(record: type) -> Callable[[type[T]], type[T]]:
    """Declare an object type behind an interface; values of `record` are of this type."""

    def declare(declared: type[T]) -> type[T]:
        made = type_(declared)
        definition = strawberry.types.get_object_definition(made, strict=True)
        definition.is_type_of = lambda value, _: isinstance(value, record)
        return made

    return declare


def interface(declared: type[T]) -> type[T]:
    """Declare an interface."""
    return strawberry.interface(declared, description=_sentence(declared))


def input_(declared: type[T]) -> type[T]:
    """Declare an input type."""
    return strawberry.input(declared, description=_sentence(declared))


def one_of(declared: type[T]) -> type[T]:
    """Declare an input type of which exactly one field is given."""
    return strawberry.input(declared, description=_sentence(declared), one_of=True)


def enum(declared: E) -> E:
    """Declare an enum."""
    return strawberry.enum(declared, description=_sentence(declared))


def value(description: str, of: str) -> Any:
    """Declare a value of an enum."""
    return strawberry.enum_value(of, description=description)


def field(resolver: Callable[..., Any]) -> StrawberryField:
    """Declare a field by its resolver, whose return type is the field's."""
    return _with_optional_arguments(strawberry.field(resolver, description=_sentence(resolver)))


def field_of(type_in_schema: Any) -> Callable[[Callable[..., Any]], StrawberryField]:
    """Declare a field whose resolver gives the engine's records, and which type they have in the schema."""

    def declare(resolver: Callable[..., Any]) -> StrawberryField:
        made = strawberry.field(resolver, description=_sentence(resolver), graphql_type=type_in_schema)
        return _with_optional_arguments(made)

    return declare


def subscription_of(type_in_schema: Any) -> Callable[[Callable[..., Any]], StrawberryField]:
    """Declare a field of the subscription, whose resolver gives an iterator of the engine's records."""

    def declare(resolver: Callable[..., Any]) -> StrawberryField:
        made = strawberry.subscription(resolver, description=_sentence(resolver), graphql_type=type_in_schema)
        return _with_optional_arguments(made)

    return declare


def optional(description: str, default: Any = strawberry.UNSET) -> Any:
    """Declare a field of an input that may be left out; then it is `default`."""
    return strawberry.field(description=description, default=default)


def _with_optional_arguments(made: StrawberryField) -> StrawberryField:
    """Say of an argument that defaults to None that it may be left out, not that it is null by default."""
    for argument in made.arguments:
        if argument.default is None:
            argument.default = strawberry.UNSET
    return made


def _sentence(declared: Any) -> str:
    return " ".join((declared.__doc__ or "").split())
