"""Documents are read once, and those that ask for too much are refused before they cost anything."""

from __future__ import annotations

import pytest
from graphql import ASTValidationRule, ValidationContext, build_schema, get_introspection_query, specified_rules

from graphql_api.documents import MOST_ALIASES, MOST_DEPTH, InvalidDocument, documents

SCHEMA = build_schema("type Query { a: Int self: Query }")


def test_a_document_is_parsed_and_validated_once() -> None:
    read = documents(SCHEMA)

    assert read("{ a }") is read("{ a }")


def test_documents_asked_a_hundred_times_are_validated_once() -> None:
    validations: list[str] = []

    class Counted(ASTValidationRule):
        def __init__(self, context: ValidationContext) -> None:
            super().__init__(context)
            validations.append("once more")

    read = documents(SCHEMA, rules=(*specified_rules, Counted))
    texts = ["{ a }", "{ self { a } }"] * 50

    assert [read(text).kind for text in texts] == ["document"] * 100
    assert len(validations) == 2


def test_an_invalid_document_is_not_kept() -> None:
    read = documents(SCHEMA, kept=1)
    valid = read("{ a }")

    with pytest.raises(InvalidDocument):
        read("{ b }")

    assert read("{ a }") is valid


def nested(levels: int) -> str:
    return "{ self " * (levels - 1) + "{ a }" + " }" * (levels - 1)


@pytest.mark.parametrize(
    "text",
    [
        nested(MOST_DEPTH),
        "{ " + " ".join(f"a{n}: a" for n in range(MOST_ALIASES)) + " }",
        "query { ...F } fragment F on Query { a ... { x: a } }",
        get_introspection_query(specified_by_url=True, input_value_deprecation=True, directive_is_repeatable=True),
    ],
    ids=["deep", "aliases", "fragments", "introspection"],
)
def test_what_is_within_the_limits_is_read(text: str) -> None:
    assert documents(SCHEMA)(text).definitions


@pytest.mark.parametrize(
    ("text", "advice"),
    [
        (nested(MOST_DEPTH + 1), "depth: 16, fragments included. At most 15"),
        ("{ " + " ".join(f"a{n}: a" for n in range(MOST_ALIASES + 1)) + " }", "aliases: 51"),
        ("{ ...F ...F } fragment F on Query { " + " ".join(f"a{n}: a" for n in range(30)) + " }", "aliases: 60"),
        ("{ " + "a " * 251 + "}", "fields: 251"),
        ("{ ...F } fragment F on Query { self { ...F } }", "Cannot spread fragment 'F' within itself"),
        ("{ " + "a " * 3000 + "}", "2000"),
        ("{" + "self{" * 900 + "a" + "}" * 901, "nested too deeply"),
        ("#\n" * 200 + "{ a }", "100"),
        ("{ b }", "Cannot query field 'b'"),
        ("{ a", "Syntax Error"),
    ],
    ids=[
        "deep",
        "aliases",
        "aliases in fragments",
        "fields",
        "circular",
        "tokens",
        "recursion",
        "comments",
        "field",
        "syntax",
    ],
)
def test_what_is_beyond_the_limits_is_refused(text: str, advice: str) -> None:
    with pytest.raises(InvalidDocument, match=advice):
        documents(SCHEMA)(text)


def test_fragments_that_double_at_each_level_are_measured_in_linear_time() -> None:
    doubling = "".join(f"fragment F{n} on Query {{ ...F{n + 1} ...F{n + 1} }} " for n in range(100))

    with pytest.raises(InvalidDocument, match="fields: 1267650600228229401496703205376"):
        documents(SCHEMA)("{ ...F0 } " + doubling + "fragment F100 on Query { x: a }")
