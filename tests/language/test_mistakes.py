"""Mistakes are told as the golden book says, and nothing people type makes the parser crash or hang."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.errors import InvalidDefinition, Problem
from engine.language.checker import check
from engine.language.parser import grammar, parse
from engine.language.types import operators_of
from engine.values import FieldType
from tests.language import mistakes
from tests.language.people import Words


def refusal(text: str) -> tuple[Problem, ...]:
    """Give the problems of a text; none if it is a definition."""
    try:
        check(parse(text), Words())
    except InvalidDefinition as error:
        return error.problems
    return ()


@pytest.mark.parametrize(("definition", "expected"), mistakes.read())
def test_a_mistake_is_told_as_the_golden_book_says(definition: str, expected: str) -> None:
    assert mistakes.answer(definition) == expected


def test_the_golden_book_knows_many_different_mistakes() -> None:
    definitions = [definition for definition, _ in mistakes.read()]

    assert len(set(definitions)) == len(definitions) >= 180
    assert all(refusal(definition) for definition in definitions)


def _operators(problem: Problem) -> set[str]:
    """Operators that are listed for a type are advice; any other suggestion stands in the place that is marked."""
    listed = {operator for type_ in FieldType for operator in operators_of(type_)}
    return listed if problem.code == "wrong_operator" else set()


_SUGGESTED = [
    (definition, suggestion)
    for definition, _ in mistakes.read()
    for problem in refusal(definition)[:1]
    for suggestion in problem.suggestions
    if suggestion not in _operators(problem)
]


@pytest.mark.parametrize(("definition", "suggestion"), _SUGGESTED)
def test_what_is_suggested_may_be_written_in_the_place_that_is_marked(definition: str, suggestion: str) -> None:
    problem = refusal(definition)[0]
    start = _offset(definition, problem)
    marked = min(problem.excerpt.count("^"), len(definition) - start)

    mended = definition[:start] + suggestion + definition[start + marked :]

    is_grammar = bool(misread(definition))
    remaining = misread(mended) if is_grammar else refusal(mended)
    assert not remaining or _left(mended, remaining[0]) < _left(definition, problem)


def misread(text: str) -> tuple[Problem, ...]:
    """Give what the grammar alone refuses."""
    try:
        parse(text)
    except InvalidDefinition as error:
        return error.problems
    return ()


def _offset(text: str, problem: Problem) -> int:
    return sum(len(line) + 1 for line in text.split("\n")[: problem.line - 1]) + problem.column - 1


def _left(text: str, problem: Problem) -> int:
    """Tell how much of a text comes after a mistake."""
    return len(text) - _offset(text, problem)


@given(st.text())
def test_any_text_is_parsed_or_refused(text: str) -> None:
    assert all(problem.line >= 1 and problem.column >= 1 for problem in refusal(text))


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "empty"),
        (" \n ", "empty"),
        ("a = " + "1" * 70_000, "too_long"),
        ("(" * 30_000, "too_deep"),
        ("(" * 65 + "*" + ")" * 65, "too_deep"),
        ("NOT " * 16_000 + "*", "too_deep"),
        ("NOT (" * 40 + "*" + ")" * 40, "too_deep"),
        ("AND (" + ", ".join(["*"] * 1001) + ")", "too_many_conditions"),
        (" OR ".join(["a=1"] * 1001), "too_many_conditions"),
        ("a IN (" + ", ".join(["1"] * 1001) + ")", "too_many_values"),
        ('a = "' + '""' * 30_000, "unclosed_text"),
        ("a = " + "'" * 60_001, "unclosed_text"),
        ("/*" + "*" * 60_000, "unclosed_comment"),
        ("/*" + "*a" * 30_000, "unclosed_comment"),
        ("`" * 60_001, "unclosed_name"),
        ("a" + ".a" * 30_000, "lone_field"),
        ("," * 60_000, "spare_comma"),
        ("[" * 60_000, "unexpected_character"),
    ],
)
def test_nothing_and_monsters_are_refused_at_once(text: str, code: str) -> None:
    with pytest.raises(InvalidDefinition) as caught:
        parse(text)

    assert caught.value.problems[0].code == code


def test_levels_count_without_brackets_too() -> None:
    text = "*"
    for _ in range(22):
        text = f"(* OR * AND NOT {text})"

    assert [problem.code for problem in refusal(text)] == ["too_deep"]


def test_the_largest_definition_is_read() -> None:
    deep = "NOT (" * 31 + "AND (" + ", ".join(["*"] * 990) + ")" + ")" * 31

    check(parse(deep), Words())


def test_the_grammar_has_no_conflict_that_is_settled_silently(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG", "lark")

    grammar.__wrapped__()

    assert [record for record in caplog.records if "conflict" in record.getMessage()] == []


def test_several_mistakes_are_told_at_once() -> None:
    with pytest.raises(InvalidDefinition) as caught:
        check(parse('AND (devise = "x", visit_count = "many", INCLUDE nobody)'), Words())

    assert [problem.code for problem in caught.value.problems] == [
        "unknown_field",
        "invalid_number",
        "unknown_audience",
    ]


def test_no_more_than_twenty_mistakes_are_told() -> None:
    wrong = ", ".join(f"devise{number} = 1" for number in range(1000))

    assert len(refusal(f"AND ({wrong})")) == 20
