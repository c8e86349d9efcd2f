"""docs/segment-language.md tells the truth: its examples run, its mistakes and its JSON are as it shows them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from engine.language.checker import check
from engine.language.json_values import read_json
from engine.language.occurrences import compile_matches
from engine.language.parser import parse
from engine.language.tree import to_tree
from engine.language.types import operators_of
from engine.values import FieldType, parse_time
from tests.language import mistakes
from tests.language.passes import agreed_verdict
from tests.language.people import FIELDS, Person, Words

PAGE = (Path(__file__).parents[2] / "docs" / "segment-language.md").read_text()
ANN: dict[str, Any] = json.loads(re.findall(r"```json\n(.*?)```", PAGE, re.S)[0])
AUDIENCES = ("vip", "known_users")


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", PAGE, re.S)


def examples() -> Iterator[tuple[str, str]]:
    for block in blocks("sql"):
        for found in re.finditer(r"(.*?)\s+-- (yes|no)\n", block, re.S):
            yield found[1].strip("\n"), found[2]


def instant(text: str) -> int:
    read = parse_time(text)
    assert read is not None
    return read


def ann(definition: str) -> Person:
    values = {name: read_json(ANN[name], field.type) for name, field in FIELDS.items() if name in ANN}
    events = {}
    for leaf in check(parse(definition), Words(AUDIENCES)).leaves:
        matches = compile_matches(leaf)
        happened = [(word, instant(at), properties) for word, at, properties in ANN["events"]]
        events[leaf.leaf] = [at for word, at, properties in happened if matches(word, at, properties)]
    return Person(values, instant(ANN["now"]), events)


@pytest.mark.parametrize(("definition", "answer"), list(examples()))
def test_an_example_gives_the_answer_it_shows(definition: str, answer: str) -> None:
    included = {slug: slug in ANN["member of"] for slug in AUDIENCES}

    assert agreed_verdict(parse(definition), ann(definition), instant(ANN["now"]), included) is (answer == "yes")


def test_every_example_shows_an_answer() -> None:
    rest = [re.sub(r".*?-- (yes|no)\n", "", block, flags=re.S).strip() for block in blocks("sql")]

    assert rest == [""] * len(rest)


@pytest.mark.parametrize("block", blocks("text"))
def test_a_mistake_is_told_as_the_page_shows(block: str) -> None:
    definition, _, answer = block.strip("\n").partition("\n----\n")

    assert mistakes.answer(definition) == answer


def test_the_json_tree_is_that_of_the_text_before_it() -> None:
    text, tree = re.findall(r"```sql\n([^`]*?)-- yes\n```\n\n```json\n(.*?)```", PAGE, re.S)[0]

    assert to_tree(parse(text)) == json.loads(tree)


@pytest.mark.parametrize("type_", list(FieldType))
def test_the_table_lists_each_types_operators(type_: FieldType) -> None:
    row = next(line for line in PAGE.splitlines() if line.startswith("|") and f"`{type_}`" in line)

    assert tuple(re.findall(r"`([^`]+)`", row.split("|")[2])) == operators_of(type_)
