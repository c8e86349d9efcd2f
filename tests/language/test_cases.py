"""The case book: readable files of `expression -> yes | no | error code`, each case through every pass.

A file has sections, parted by a line of dashes. A section is a person (`name: JSON value`, `now`, `born`, `event WORD`,
`in AUDIENCE`), an empty line, and cases. A case may go over several lines; the arrow ends it. `##` begins a comment.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from engine.errors import InvalidDefinition
from engine.language.checker import check
from engine.language.json_values import read_json
from engine.language.occurrences import compile_matches
from engine.language.parser import parse
from engine.values import parse_time
from tests.language.passes import agreed_verdict
from tests.language.people import FIELDS, Person, Words

_BOOK = Path(__file__).parent / "cases"
_AUDIENCES = ("vip", "known_users")
_NOW = "2026-03-31T12:00:00Z"


@dataclass(frozen=True)
class Case:
    """One expression with the answer it must get for the person of its section."""

    expression: str
    answer: str
    about: Mapping[str, str]


def _cases() -> Iterator[pytest.ParameterSet]:
    for path in sorted(_BOOK.glob("*.txt")):
        lines = [line for line in path.read_text().splitlines() if not line.startswith("##")]
        for section in "\n".join(lines).split("\n---\n"):
            head, _, body = section.strip("\n").partition("\n\n")
            about = dict(line.split(":", 1) for line in head.splitlines())
            for case in _cases_of(body, about):
                yield pytest.param(case, id=f"{path.stem}: {' '.join(case.expression.split())[:70]}")


def _cases_of(body: str, about: Mapping[str, str]) -> Iterator[Case]:
    expression: list[str] = []
    for line in body.splitlines():
        before, arrow, answer = line.rpartition(" -> ")
        expression.append(before if arrow else line)
        if arrow:
            yield Case("\n".join(expression).strip("\n"), answer.strip(), about)
            expression = []
    assert not "".join(expression).strip(), f"no answer for {expression}"


def texts_of_the_book() -> list[str]:
    """List every expression of the book, right or wrong."""
    return [case.values[0].expression for case in _cases() if isinstance(case.values[0], Case)]


def _instant(text: str) -> int:
    instant = parse_time(text.strip())
    assert instant is not None, text
    return instant


def _person(about: Mapping[str, str], expression: str) -> tuple[Person, int]:
    now = _instant(about.get("now", _NOW))
    values = {name: read_json(json.loads(about[name]), field.type) for name, field in FIELDS.items() if name in about}
    happened = json.loads(about.get("events", "[]"))
    events = {}
    for leaf in check(parse(expression), Words(_AUDIENCES)).leaves:
        matches = compile_matches(leaf)
        dated = [(word, _instant(at), properties) for word, at, properties in happened]
        events[leaf.leaf] = sorted((at for word, at, given in dated if matches(word, at, given)), reverse=True)
    return Person(values, now, events), now


@pytest.mark.parametrize("case", list(_cases()))
def test_every_case_of_the_book_holds_in_every_pass(case: Case) -> None:
    if case.answer not in ("yes", "no"):
        with pytest.raises(InvalidDefinition) as caught:
            check(parse(case.expression), Words(_AUDIENCES))
        assert caught.value.problems[0].code == case.answer
        return

    person, now = _person(case.about, case.expression)
    included = {slug: slug in case.about.get("member of", "").split() for slug in _AUDIENCES}

    assert agreed_verdict(parse(case.expression), person, now, included) is (case.answer == "yes")
