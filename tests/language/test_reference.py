"""docs/segment-language.md tells the truth: its answers, sentences, horizons, mistakes and trees are as it shows."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from engine.catalog import BUILT_IN
from engine.errors import InvalidDefinition
from engine.language import english, limits
from engine.language.checker import check
from engine.language.events import MOST_TIMES
from engine.language.explain import Step, explain
from engine.language.json_values import read_json
from engine.language.layout import MOST_CONDITIONS, MOST_DEPTH
from engine.language.occurrences import compile_matches
from engine.language.parser import parse
from engine.language.printer import to_text
from engine.language.tree import to_tree
from engine.language.types import operators_of
from engine.language.words import write_date
from engine.runtime.evaluate import evaluate
from engine.values import FieldType, parse_time
from tests.language import mistakes
from tests.language.passes import agreed_verdict, horizon
from tests.language.people import FIELDS, Person, Words
from tests.language.test_lytics import WORDS as CATALOG

_ROOT = Path(__file__).parents[2]
PAGE = (_ROOT / "docs" / "segment-language.md").read_text()
ANN: dict[str, Any] = json.loads(re.findall(r"```json\n(.*?)```", PAGE, re.S)[0])
AUDIENCES = ("vip", "known_users")
INCLUDED = {slug: slug in ANN["member of"] for slug in AUDIENCES}


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", PAGE, re.S)


def rows() -> Iterator[list[str]]:
    """Give the cells of each row of the page's tables; what stands in backticks goes without them."""
    for line in PAGE.splitlines():
        if line.startswith("|"):
            yield [_bare(cell.strip()) for cell in re.split(r"(?<!\|)\|(?!\|)", line)[1:-1]]


def table(*header: str) -> list[list[str]]:
    """Give the rows of the table whose columns are called so."""
    found = list(rows())
    first = next(place for place, cells in enumerate(found) if tuple(cells[: len(header)]) == header) + 2
    last = next((place for place in range(first, len(found)) if found[place][0] == "---"), len(found) + 1) - 1
    return found[first:last]


def _bare(cell: str) -> str:
    code = re.fullmatch(r"``\s?(.*?)\s?``|`([^`]*)`", cell)
    return cell if code is None else code[1] or code[2]


def examples() -> Iterator[tuple[str, str]]:
    for block in blocks("sql"):
        for found in re.finditer(r"(.*?)\s+-- (yes|no)\n", block, re.S):
            yield found[1].strip("\n"), found[2]
    for cells in rows():
        yield from ((before, cell) for before, cell in pairwise(cells) if cell in ("yes", "no"))


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


def paired(language: str) -> list[tuple[str, str]]:
    """Give each block of a kind as what stands before its dashes, and after."""
    halves = [block.strip("\n").partition("\n----\n") for block in blocks(language)]
    return [(before, after) for before, _, after in halves]


@pytest.mark.parametrize(("definition", "answer"), list(examples()))
def test_an_example_gives_the_answer_it_shows(definition: str, answer: str) -> None:
    now = instant(ANN["now"])

    assert agreed_verdict(parse(definition), ann(definition), now, INCLUDED) is (answer == "yes")


def test_every_example_shows_an_answer() -> None:
    rest = [re.sub(r".*?-- (yes|no)\n", "", block, flags=re.S).strip() for block in blocks("sql")]

    assert rest == [""] * len(rest)
    assert len(list(examples())) > 90


def test_every_kind_of_block_is_checked() -> None:
    kinds = set(re.findall(r"^```(\w+)$", PAGE, re.M))

    assert kinds == {"sql", "json", "text", "canonical", "explain", "console"}


@pytest.mark.parametrize(("definition", "sentence"), re.findall(r"```sql\n(.*?)\s+-- \w+\n```\n\n> (.*)\n", PAGE))
def test_the_sentence_below_a_rule_is_what_it_says_of_itself(definition: str, sentence: str) -> None:
    assert english.summarise(check(parse(definition), Words()).root) == sentence


@pytest.mark.parametrize(("definition", "until"), [(rule, until) for rule, _, until in table("rule", "Ann", "until")])
def test_a_verdict_holds_as_long_as_the_page_says(definition: str, until: str) -> None:
    at = horizon(parse(definition), ann(definition), instant(ANN["now"]), INCLUDED)

    assert ("for good" if at is None else write_date(at)) == until


@pytest.mark.parametrize(("definition", "answer"), paired("text"))
def test_a_mistake_is_told_as_the_page_shows(definition: str, answer: str) -> None:
    assert mistakes.answer(definition) == answer


CODES = {code: example for code, example, _ in table("code", "for example")}


@pytest.mark.parametrize(("code", "definition"), [(code, example) for code, example in CODES.items() if example])
def test_an_example_of_a_mistake_has_the_code_beside_it(code: str, definition: str) -> None:
    with pytest.raises(InvalidDefinition) as caught:
        check(parse(definition), Words())

    assert caught.value.problems[0].code == code


def test_the_page_knows_every_code() -> None:
    source = "\n".join(path.read_text() for path in (_ROOT / "engine" / "language").rglob("*.py"))
    written = re.findall(r'\b(?:invalid|problem|Problem|Advice)\((?:[^"]{0,80}?,)?\s*f?"([a-z_]+)(?=")', source)
    told = re.findall(r"^([a-z_]+) at \d+:\d+$", mistakes.BOOK.read_text(), re.M)

    assert {*written, *told} - {"unseen_event"} <= {name for name in re.findall(r"`([a-z_]+)`", PAGE)}
    assert len({*written, *told}) > 70


@pytest.mark.parametrize(("definition", "text"), paired("canonical"))
def test_the_canonical_text_is_as_the_page_shows(definition: str, text: str) -> None:
    assert to_text(check(parse(definition), Words()).root) == text


@pytest.mark.parametrize(("definition", "told"), paired("explain"))
def test_an_explanation_is_as_the_page_shows(definition: str, told: str) -> None:
    now = instant(ANN["now"])
    found = explain(check(parse(definition), Words()), ann(definition).at(now), now, INCLUDED)

    lines = [f"{_yes(found.matched)}  {found.summary}", *map(_line, found.steps)]

    assert "\n".join(lines) == told


def _line(step: Step) -> str:
    parts = [f"{_yes(step.matched)}  {'  ' * step.depth}{step.label}: {step.expected}"]
    parts += [f"there is {step.actual}"] if step.actual is not None else []
    parts += [f"until {write_date(step.next_change_at)}"] if step.next_change_at is not None else []
    return "; ".join(parts)


def _yes(matched: bool) -> str:
    return "yes" if matched else "no "


def test_the_json_tree_is_that_of_the_text_before_it() -> None:
    text, tree = re.findall(r"```sql\n([^`]*?)-- yes\n```\n\n```json\n(.*?)```", PAGE, re.S)[0]

    assert to_tree(parse(text)) == json.loads(tree)


@pytest.mark.parametrize(("line", "answer"), re.findall(r"\$ echo '(.*)' \| rollcall evaluate\n(.*)\n", PAGE))
def test_a_line_is_evaluated_as_the_page_shows(line: str, answer: str) -> None:
    assert evaluate(line.encode(), CATALOG, instant(ANN["now"])) == json.loads(answer)


@pytest.mark.parametrize("type_", list(FieldType))
def test_the_table_lists_each_types_operators(type_: FieldType) -> None:
    row = next(line for line in PAGE.splitlines() if line.startswith("|") and f"`{type_}`" in line)

    assert tuple(re.findall(r"`([^`]+)`", row.split("|")[2])) == operators_of(type_)


def test_the_limits_are_those_of_the_house() -> None:
    shown = {what: most for what, most, _ in table("of a definition", "at most")}

    assert shown["text"] == f"{limits.MOST_BYTES:,} bytes"
    assert shown["conditions"] == f"{MOST_CONDITIONS:,}"
    assert shown["levels of brackets and NOT"] == f"{MOST_DEPTH}"
    assert shown["values in a list"] == f"{limits.MOST_VALUES:,}"
    assert shown["times in DID"] == f"{MOST_TIMES:,}"


def test_the_table_lists_every_alias() -> None:
    _, _, section = PAGE.partition("## Coming from Lytics")
    aliases = {alias for one in BUILT_IN for alias in one.aliases if not alias.startswith("scores.")}

    assert aliases <= set(re.findall(r"`([^`]+)`", section))


@pytest.mark.parametrize("definition", [rule for cells in table("Lytics", "here") for rule in cells[:2]])
def test_what_to_write_instead_of_lytics_words_is_understood(definition: str) -> None:
    check(parse(definition), CATALOG)
