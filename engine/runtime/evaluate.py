"""One line in, one verdict out: `rollcall evaluate`, for tests and for people who try a definition on a profile."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, tzinfo
from graphlib import TopologicalSorter
from typing import Any

import msgspec

from engine.errors import InvalidDefinition, InvalidValue, Problem
from engine.language.checker import check, find_cycle, include_cycle
from engine.language.definition import Definition
from engine.language.events import guess_type, tests_in
from engine.language.json_values import guess_json_type, read_json
from engine.language.nodes import Node
from engine.language.occurrences import Matches, compile_matches
from engine.language.parser import parse
from engine.language.predicate import Predicate, compile_predicate
from engine.language.types import Field, Vocabulary
from engine.values import FieldType, Motion, Value, parse_time

_MOST_KEPT = 1_000
_ASKED = ""
_BYTE = re.compile(r"byte (\d+)")


class SeenEvent(msgspec.Struct, forbid_unknown_fields=True):
    """Something that happened."""

    name: str
    time: str
    properties: dict[str, Any] = {}


class Question(msgspec.Struct, forbid_unknown_fields=True):
    """One line of input. A field's type comes from `fields`, else the catalog, else its value here."""

    definition: str
    profile: dict[str, Any]
    fields: dict[str, FieldType] = {}
    now: str | None = None
    includes: dict[str, str] = {}
    events: list[SeenEvent] = []


_QUESTIONS = msgspec.json.Decoder(Question)


def evaluate(line: bytes, vocabulary: Vocabulary, now: int) -> dict[str, Any]:
    """Answer one line: `{"result": …}` or `{"error": {code, message, line, column}}`. For many, keep an Evaluator."""
    return Evaluator(vocabulary).evaluate(line, now)


@dataclass(slots=True)
class Evaluator:
    """Answers lines, and keeps what it compiled for lines that ask the same again."""

    vocabulary: Vocabulary
    zone: tzinfo = UTC
    """The account's, for local hours and weekdays."""
    _kept: dict[object, _Compiled] = field(default_factory=dict)

    def evaluate(self, line: bytes, now: int) -> dict[str, Any]:
        """Answer one line; `now` is used where the line gives none."""
        try:
            question = _QUESTIONS.decode(line)
            at = now if question.now is None else _instant(question.now, "now")
            return {"result": self._verdict(question, at)}
        except InvalidDefinition as error:
            return _error(error.problems[0])
        except InvalidValue as error:
            return _error(Problem("invalid_line", error.message))
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            return _malformed(error)

    def _verdict(self, question: Question, now: int) -> bool:
        words = _Words(self.vocabulary, question)
        compiled = self._with_included(question, words)
        graph = {slug: one.definition.includes for slug, one in compiled.items()}
        circle = find_cycle(_ASKED, graph)
        if circle is not None:
            raise include_cycle(circle)
        verdicts: dict[str, bool] = {}
        for slug in TopologicalSorter(graph).static_order():
            one = compiled[slug]
            verdicts[slug] = one.predicate(words.values(one), now, verdicts)
        return verdicts[_ASKED]

    def _with_included(self, question: Question, words: _Words) -> dict[str, _Compiled]:
        """Compile the definition, named "", and every audience that it includes, however far."""
        compiled: dict[str, _Compiled] = {}
        ahead = [_ASKED]
        while ahead:
            slug = ahead.pop()
            if slug not in compiled:
                compiled[slug] = self._compile_audience(slug, question, words)
                ahead += compiled[slug].definition.includes
        return compiled

    def _compile_audience(self, slug: str, question: Question, words: _Words) -> _Compiled:
        if slug == _ASKED:
            return self._compile(question.definition, words)
        try:
            return self._compile(question.includes[slug], words)
        except InvalidDefinition as error:
            first = error.problems[0]
            raise InvalidDefinition((replace(first, message=f"In audience {slug}: {first.message}"),)) from None

    def _compile(self, text: str, words: _Words) -> _Compiled:
        key = (text, words.signature())
        found = self._kept.get(key)
        if found is None:
            node = parse(text)
            definition = check(node, words.knowing_nulls(node))
            matches = {leaf.leaf: compile_matches(leaf, self.zone) for leaf in definition.leaves}
            found = _Compiled(definition, compile_predicate(definition), matches)
            if len(self._kept) >= _MOST_KEPT:
                self._kept.clear()
            self._kept[key] = found
        return found


@dataclass(frozen=True, slots=True)
class _Compiled:
    definition: Definition
    predicate: Predicate
    matches: Mapping[str, Matches]
    """For each leaf of DID, which events it counts."""


class _Values(dict[str, Value | None]):
    """A profile's values in a definition's types, and its events."""

    def __init__(self, values: Mapping[str, Value | None], occurrences: Mapping[str, Sequence[int]]) -> None:
        super().__init__(values)
        self._occurrences = occurrences

    def occurrences(self, leaf: str) -> Sequence[int]:
        """Give the instants at which events matched a leaf, newest first."""
        return self._occurrences[leaf]


@dataclass(frozen=True, slots=True)
class _Words:
    """The vocabulary of one line: what it declares, then the catalog, then what its profile holds."""

    catalog: Vocabulary
    question: Question
    guessed: Mapping[str, FieldType] = field(default_factory=dict)
    """Types for fields that are null in the profile, by how the definition uses them."""

    def field(self, name: str) -> Field | None:
        """Find a field."""
        declared = self.question.fields.get(name)
        if declared is not None:
            return Field(name, declared, Motion.STILL, name)
        known = self.catalog.field(name)
        if known is not None or name not in self.question.profile:
            return known
        type_ = guess_json_type(self.question.profile[name]) or self.guessed.get(name)
        return None if type_ is None else Field(name, type_, Motion.STILL, name)

    def field_names(self) -> Iterable[str]:
        """List names to suggest."""
        return {*self.question.fields, *self.question.profile, *self.catalog.field_names()}

    def audience_slugs(self) -> Iterable[str]:
        """List the audiences that this line defines."""
        return self.question.includes

    def signature(self) -> object:
        """Tell lines apart that would compile differently."""
        guessed = tuple((name, guess_json_type(value)) for name, value in self.question.profile.items())
        return guessed, tuple(self.question.fields.items()), tuple(self.question.includes)

    def knowing_nulls(self, node: Node) -> _Words:
        """Take the type of a null field from the first test that asks about it."""
        nulls = {name for name, value in self.question.profile.items() if value is None}
        tests = reversed(list(tests_in(node))) if nulls else ()
        guessed = {".".join(test.name.parts): guess_type(test) for test in tests}
        return replace(self, guessed=guessed) if nulls else self

    def values(self, compiled: _Compiled) -> _Values:
        """Read the profile's values, under canonical names, in the definition's types."""
        given: dict[str, Any] = {}
        for name, value in self.question.profile.items():
            known = self.field(name)
            given[name if known is None else known.name] = value
        values = {name: read_json(given.get(name), type_) for name, type_ in compiled.definition.types.items()}
        return _Values(values, {leaf: self._occurrences(matches) for leaf, matches in compiled.matches.items()})

    def _occurrences(self, matches: Matches) -> list[int]:
        dated = [(event, _instant(event.time, "events")) for event in self.question.events]
        return sorted((at for event, at in dated if matches(event.name, at, event.properties)), reverse=True)


def _instant(text: str, path: str) -> int:
    instant = parse_time(text)
    if instant is None:
        raise InvalidValue(f"{path}: {text!r} is not an ISO 8601 time.")
    return instant


def _error(problem: Problem) -> dict[str, Any]:
    told = {"code": problem.code, "message": problem.message, "line": problem.line, "column": problem.column}
    return {"error": told}


def _malformed(error: Exception) -> dict[str, Any]:
    """Tell where the JSON goes wrong; `column` counts bytes from 1."""
    byte = _BYTE.search(str(error))
    return _error(Problem("invalid_line", str(error), 1, int(byte[1]) + 1 if byte else 1))
