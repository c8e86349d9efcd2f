"""Names, types and values against a vocabulary: what is not understood is refused here, never at evaluation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from engine.errors import InvalidDefinition, Problem
from engine.language.definition import Definition
from engine.language.events import BUILT_IN, EventVocabulary, check_weekday, check_window, properties_of, property_key
from engine.language.leaves import changes, field_of
from engine.language.naming import parts_of, resolve
from engine.language.nodes import All, And, Did, Include, Name, Node, Not, Or, Test
from engine.language.printer import to_text
from engine.language.problems import either, invalid, nearest, problem
from engine.language.typed import check_test
from engine.language.types import Field, Vocabulary
from engine.language.words import write_name
from engine.values import FieldType

_MOST_PROBLEMS = 20


def check(node: Node, vocabulary: Vocabulary, events: EventVocabulary | None = None) -> Definition:
    """Type a tree against the fields and audiences there are, and the events seen, if given.

    Raises InvalidDefinition with every problem found, at most twenty."""
    checker = _Checker(vocabulary, events)
    root = checker.check(node)
    if checker.problems:
        raise InvalidDefinition(tuple(checker.problems))
    return Definition(
        root=root,
        reads=frozenset(checker.fields),
        includes=frozenset(checker.includes),
        types={name: field.type for name, field in checker.fields.items()},
        properties=checker.properties,
        leaves=tuple(checker.leaves.values()),
        moves=checker.moves,
        warnings=tuple(checker.warnings),
    )


def understood(node: Node, vocabulary: Vocabulary, events: EventVocabulary | None = None) -> Node:
    """Give a tree with its names attached, for telling people of it; as it is where something it asks about is gone."""
    try:
        return check(node, vocabulary, events).root
    except InvalidDefinition:
        return node


@dataclass(slots=True)
class _Checker:
    """One walk over a tree; a leaf that is wrong is kept as it is, so that all are told at once."""

    vocabulary: Vocabulary
    events: EventVocabulary | None
    problems: list[Problem] = field(default_factory=list)
    warnings: list[Problem] = field(default_factory=list)
    fields: dict[str, Field] = field(default_factory=dict)
    includes: set[str] = field(default_factory=set)
    leaves: dict[str, Did] = field(default_factory=dict)
    properties: dict[str, FieldType] = field(default_factory=dict)
    moves: bool = False

    def check(self, node: Node) -> Node:
        match node:
            case All():
                return node
            case And(items) | Or(items):
                return replace(node, items=tuple(self.check(item) for item in items))
            case Not(item):
                return replace(node, item=self.check(item))
            case _:
                return self._leaf(node)

    def _leaf(self, node: Include | Did | Test) -> Node:
        try:
            match node:
                case Include():
                    return self._include(node)
                case Did():
                    return self._did(node)
                case _:
                    return self._test(node)
        except InvalidDefinition as error:
            self.problems += error.problems
            if len(self.problems) >= _MOST_PROBLEMS:
                raise InvalidDefinition(tuple(self.problems)) from None
            return node

    def _include(self, node: Include) -> Include:
        slugs = tuple(self.vocabulary.audience_slugs())
        if node.slug not in slugs:
            close = nearest(node.slug, slugs)
            advice = f"Did you mean {either(close)}?" if close else "Make it first."
            instead = tuple(f"INCLUDE {write_name((one,))}" for one in close)
            raise invalid(node.at, "unknown_audience", f"There is no audience {node.slug}. {advice}", instead)
        self.includes.add(node.slug)
        return node

    def _test(self, test: Test) -> Test:
        _check_local(test.name, self.vocabulary)
        checked = check_test(replace(test, name=resolve(test.name, self.vocabulary)))
        field = field_of(checked.name)
        self.fields[field.name] = field
        self.moves = self.moves or changes(checked) is not None
        return checked

    def _did(self, test: Did) -> Did:
        properties = properties_of(test, self.events)
        where = None if test.where is None else _where(test.where, properties)
        checked = replace(check_window(test), where=where)
        if self.events is not None and test.event not in self.events.event_names():
            self.warnings.append(_unseen(test, self.events))
        self.properties |= {property_key(test.event, name): field.type for name, field in properties.items()}
        leaf = to_text(checked) + "".join(f" -- {name}: {field.type}" for name, field in sorted(properties.items()))
        self.leaves[leaf] = checked = replace(checked, leaf=leaf)
        self.moves = True
        return checked


def _check_local(name: Name, vocabulary: Vocabulary) -> None:
    """Refuse an hour or weekday outside WHERE. Raises InvalidDefinition."""
    written = ".".join(name.parts)
    if written in BUILT_IN and vocabulary.field(written) is None:
        meant = f'DID "page" WHERE {written}'
        raise invalid(name.at, "only_in_where", f"{written} is known of events: write {meant} …", (meant,))


def _where(node: Node, properties: Mapping[str, Field]) -> Node:
    """Type the tests over an event's properties; they must not move, so that an event matches once and for all."""
    match node:
        case And(items) | Or(items):
            return replace(node, items=tuple(_where(item, properties) for item in items))
        case Not(item):
            return replace(node, item=_where(item, properties))
        case All():
            return node
        case Include() | Did():
            raise invalid(node.at, "not_in_where", "WHERE asks about the event's own properties only.")
        case _:
            return _property(node, properties)


def _property(test: Test, properties: Mapping[str, Field]) -> Test:
    field = properties[".".join(test.name.parts)]
    checked = check_test(replace(test, name=replace(test.name, parts=parts_of(field.name), resolved=field)))
    check_weekday(checked)
    if changes(checked) is not None:
        advice = 'Inside WHERE dates are fixed, such as "2026-01-31". For recent events write IN LAST "30d".'
        raise invalid(test.at, "relative_in_where", advice)
    return checked


def _unseen(test: Did, events: EventVocabulary) -> Problem:
    close = nearest(test.event, events.event_names())
    advice = f" Did you mean {either(close)}?" if close else ""
    return problem(test.at, "unseen_event", f'No event "{test.event}" has been seen yet.{advice}', close)


def find_cycle(slug: str, includes: Mapping[str, frozenset[str]]) -> tuple[str, ...] | None:
    """Find how an audience includes itself, as a path from it back to it; None if it does not."""
    path: list[str] = []
    done: set[str] = set()
    ahead = [iter((slug,))]
    while ahead:
        here = next(ahead[-1], None)
        if here is None:
            ahead.pop()
            done.update(path[-1:])
            path = path[:-1]
        elif here in path:
            return (*path[path.index(here) :], here)
        elif here not in done:
            path.append(here)
            ahead.append(iter(sorted(includes.get(here, ()))))
    return None


def include_cycle(path: Sequence[str]) -> InvalidDefinition:
    """Make the error for audiences that include one another in a circle."""
    way = " → ".join(slug for slug in path if slug)
    message = f"Audiences cannot include one another in a circle: {way}."
    return InvalidDefinition((Problem("include_cycle", message),))
