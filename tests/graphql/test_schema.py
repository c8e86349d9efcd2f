"""The schema served is the schema agreed on: same names, nullability, defaults and descriptions, and little more."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import pytest
from graphql import (
    EnumTypeDefinitionNode,
    EnumValueDefinitionNode,
    FieldDefinitionNode,
    GraphQLEnumType,
    GraphQLNamedType,
    InputObjectTypeDefinitionNode,
    InputValueDefinitionNode,
    InterfaceTypeDefinitionNode,
    ObjectTypeDefinitionNode,
    TypeDefinitionNode,
    parse,
    print_ast,
)

import graphql_api
from graphql_api.authorization import OPEN_TO_VISITORS
from graphql_api.schema import build_schema
from tests.graphql.breaking import unannounced

TARGET = (Path(__file__).parent / "target.graphql").read_text()
PRINTED = Path(graphql_api.__file__).parent / "schema.graphql"

NOT_SERVED_YET = {
    "Audience.sizeHistory",
    "ProfileFilterInput.definition",
    "SizePoint",
}
"""What no port can answer yet. Serving one of these makes the test below ask for its line to go."""

SERVED_BESIDES = {
    "AttributeDefinition.aliases",
    "AttributeDefinition.declared",
    "AttributeDefinition.description",
    "AttributeDefinition.typesSeen",
    "AttributeTypeCount",
    "AttributeTypeCount.count",
    "AttributeTypeCount.type",
    "AudiencePreview.entering",
    "AudiencePreview.leaving",
    "Mutation.mergeProfiles",
    "Mutation.unlinkIdentity",
    "Query.audiencePreview",
}
"""What was added to what was agreed on; nothing of it may be needed by those who know only the other. A preview,
a merge and an unlink take one more argument that may be left out."""


Members = Iterable[FieldDefinitionNode | InputValueDefinitionNode | EnumValueDefinitionNode]


def parts_of(text: str) -> dict[str, str]:
    """Split a schema into its types and `Type.member`s, each as it is printed."""
    parts: dict[str, str] = {}
    for definition in parse(text).definitions:
        if isinstance(definition, TypeDefinitionNode):
            name = definition.name.value
            parts[name] = print_ast(definition).split(" {\n")[0]
            parts |= {f"{name}.{member.name.value}": print_ast(member) for member in members_of(definition)}
    return parts


def members_of(definition: TypeDefinitionNode) -> Members:
    match definition:
        case ObjectTypeDefinitionNode() | InterfaceTypeDefinitionNode() | InputObjectTypeDefinitionNode():
            return definition.fields or ()
        case EnumTypeDefinitionNode():
            return definition.values or ()
        case _:
            return ()


def test_every_part_served_is_exactly_as_agreed() -> None:
    agreed, served = parts_of(TARGET), parts_of(build_schema().as_str())

    assert {name for name, part in served.items() if agreed.get(name) != part} == SERVED_BESIDES


def test_only_what_no_port_can_answer_is_not_served() -> None:
    agreed, served = parts_of(TARGET), parts_of(build_schema().as_str())

    missing = {name for name in agreed.keys() - served.keys() if "." not in name or name.split(".")[0] in served}

    assert missing == NOT_SERVED_YET


def test_the_printed_schema_is_the_one_served() -> None:
    assert PRINTED.read_text() == build_schema().as_str() + "\n", (
        "run: python -m graphql_api.schema > graphql_api/schema.graphql"
    )


@pytest.mark.parametrize("name", sorted(OPEN_TO_VISITORS))
def test_what_is_open_to_visitors_exists(name: str) -> None:
    served = parts_of(build_schema().as_str())

    assert {f"{name}.{field}" for field in OPEN_TO_VISITORS[name]} <= served.keys()


def test_visitors_cannot_write() -> None:
    assert "Mutation" not in OPEN_TO_VISITORS
    assert OPEN_TO_VISITORS["Query"] == {"me"}
    assert OPEN_TO_VISITORS["Subscription"] == {"membershipChanged", "profileUpdated"}


def undescribed(type: GraphQLNamedType) -> Iterable[str]:
    """Name what of a type has no description: itself, its fields, values and their arguments."""
    if not type.description:
        yield type.name
    members = type.values if isinstance(type, GraphQLEnumType) else getattr(type, "fields", {})
    yield from (f"{type.name}.{name}" for name, member in members.items() if not member.description)


def test_every_type_field_and_value_is_described() -> None:
    types = build_schema()._schema.type_map.values()

    assert [name for type in types if not type.name.startswith("__") for name in undescribed(type)] == []


def test_a_field_taken_away_is_told_until_the_changelog_says_so() -> None:
    before, after = "type Query { a: Int b: Int }", "type Query { a: Int }"

    told = unannounced(before, after, "# Changelog\n## Unreleased\n- Nothing.\n## 0.1.0\n- `Query.b` is new.\n")
    announced = unannounced(before, after, "# Changelog\n## Unreleased\n- `Query.b` is gone.\n")

    assert ([change.description for change in told], announced) == (["Field Query.b was removed."], [])
