"""Many profiles asked at once, column by column. What columns cannot tell for sure is left to the predicate.

Every answer has two bounds: who surely matches, and who may; between them lies doubt."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple, Protocol

import numpy as np
import numpy.typing as npt

from engine.language.leaves import field_of, holds, many
from engine.language.nodes import All, And, Did, Exists, In, Include, Intersects, Node, Not, Or, Test
from engine.language.operators import did, listed
from engine.language.types import Field
from engine.values import FieldType

Mask = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.float64]
Indexes = npt.NDArray[np.integer]


class Numbers(NamedTuple):
    """A number, an instant or a truth (0, 1) for each profile, NaN where it is missing."""

    values: Floats
    doubt: Mask | None = None
    """Where a value is too close to a rounding to be sure of."""


class Words(NamedTuple):
    """Who holds which words, a row for each; a row of code −1 holds an empty set."""

    distinct: Sequence[str]
    positions: Indexes
    codes: Indexes


class Occurrences(NamedTuple):
    """When who did something, a row for each time."""

    positions: Indexes
    instants: Floats
    known_after: Floats
    """For each profile the instant up to which some may be left out; −inf where all are there."""


class Block(Protocol):
    """Some profiles, each at a position of its own, as of an instant."""

    size: int
    """How many positions there are; not at each there need be a profile."""

    def numbers(self, field: Field, key: str | None, /) -> Numbers:
        """Give a field of numbers, instants or truths, or an entry of a map."""

    def words(self, field: Field, /) -> Words:
        """Give a field of text, the words of a set or the keys of a map."""

    def occurrences(self, event: str, /) -> Occurrences:
        """Give the instants of events that have this word."""


class Answer(NamedTuple):
    """Who surely matches, and who may; whoever surely does, may."""

    sure: Mask
    possible: Mask

    @property
    def doubt(self) -> Mask:
        """Who may match, or may not."""
        return self.possible & ~self.sure


Decide = Callable[[Block, int], Answer]
_TEXTS = (FieldType.STRING, FieldType.SET, FieldType.MAP)


class Question:
    """Checked trees, ready to be asked of blocks. `included` gives the rules of the audiences that they include."""

    def __init__(self, included: Mapping[str, Node]) -> None:
        self.included = included
        self._decides: dict[int, Decide] = {}

    def ask(self, block: Block, now: int) -> Answers:
        """Ask a block; answers are worked out when they are looked at."""
        return Answers(self, block, now)

    def decide(self, leaf: Test | Did) -> Decide:
        """Compile a leaf, once."""
        found = self._decides.get(id(leaf))
        if found is None:
            found = self._decides[id(leaf)] = _did(leaf) if isinstance(leaf, Did) else _test(leaf)
        return found


class Answers:
    """What one block answers, to each node of trees that must live as long as this."""

    def __init__(self, question: Question, block: Block, now: int) -> None:
        self._question, self._block, self._now = question, block, now
        self._known: dict[int, Answer] = {}

    def of(self, node: Node) -> Answer:
        """Give the answer to a node; it is worked out once."""
        found = self._known.get(id(node))
        if found is None:
            found = self._known[id(node)] = self._answer(node)
        return found

    def _answer(self, node: Node) -> Answer:
        match node:
            case All():
                return _everyone(self._block.size)
            case And(items):
                return _all_of([self.of(item) for item in items])
            case Or(items):
                return _any_of([self.of(item) for item in items])
            case Not(item):
                inner = self.of(item)
                return Answer(~inner.possible, ~inner.sure)
            case Include(slug):
                return self.of(self._question.included[slug])
            case _:
                return self._question.decide(node)(self._block, self._now)


def _everyone(size: int) -> Answer:
    everyone = np.ones(size, np.bool_)
    return Answer(everyone, everyone)


def _all_of(answers: Sequence[Answer]) -> Answer:
    sure, possible = zip(*answers, strict=True)
    return Answer(np.logical_and.reduce(sure), np.logical_and.reduce(possible))


def _any_of(answers: Sequence[Answer]) -> Answer:
    sure, possible = zip(*answers, strict=True)
    return Answer(np.logical_or.reduce(sure), np.logical_or.reduce(possible))


def _test(test: Test) -> Decide:
    field, key = field_of(test.name), test.name.key
    if key is None and field.type in _TEXTS:
        return _word_test(test, field)
    decide = many(test)

    def numbers(block: Block, now: int) -> Answer:
        values, doubt = block.numbers(field, key)
        sure = decide(values, now)
        return Answer(sure, sure) if doubt is None else Answer(sure & ~doubt, sure | doubt)

    return numbers


def _word_test(test: Test, field: Field) -> Decide:
    """Ask each distinct word once; whoever has nothing of the kind has no row."""
    matches = _word_matches(test)

    def words(block: Block, now: int) -> Answer:
        distinct, positions, codes = block.words(field)
        if matches is not None:
            fits = np.fromiter((matches(word, now) for word in distinct), np.bool_, len(distinct))
            positions = positions[np.append(fits, False)[codes]]
        sure = np.zeros(block.size, np.bool_)
        sure[positions] = True
        return Answer(sure, sure)

    return words


def _word_matches(test: Test) -> Callable[[str, int], bool] | None:
    """Give what decides of one word; None where any row will do."""
    if isinstance(test, Exists):
        return None
    if isinstance(test, In | Intersects):
        wanted = listed.listed(test)
        return lambda word, now: word in wanted
    return holds(test)


def _did(test: Did) -> Decide:
    bounds = did.bounds(test)

    def occurred(block: Block, now: int) -> Answer:
        positions, instants, known_after = block.occurrences(test.event)
        start, end = bounds(now)
        inside = (instants > start) & (instants <= end)
        most = np.bincount(positions[inside], minlength=block.size).astype(np.float64)
        least = most if test.where is None else np.zeros(block.size)
        return Answer(*did.many(test, least, np.where(known_after > start, np.inf, most)))

    return occurred
