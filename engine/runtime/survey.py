"""Counts whom rules match: columns first, then one by one those of whom columns do not tell, until time is up."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from math import ceil, gcd

import numpy as np
import numpy.typing as npt

from engine.catalog import Fields
from engine.domain.columns import SIZE
from engine.domain.profiles import Fragment, join
from engine.language.columns import Answers, Mask, Question
from engine.language.definition import Definition
from engine.language.nodes import Node
from engine.language.predicate import Predicate, compile_predicate
from engine.runtime.blocks import StoredBlock
from engine.runtime.house import House
from engine.runtime.leaves import anew, gather
from engine.runtime.registry import rules_of
from engine.storage import columns, events, fragments, subjects

AT_ONCE = 250

Ids = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Counted:
    """How many match each node, of how many, and the newest who match the first."""

    sizes: Sequence[int]
    total: int
    newest: Sequence[int]
    doubtful: int
    """Of how many columns could not tell."""
    asked: int
    """How many of these were asked themselves before time was up."""

    @property
    def is_estimated(self) -> bool:
        """Whether somebody should have been asked who was not."""
        return self.asked < self.doubtful


@dataclass(slots=True)
class _Tally:
    """One node's count: those that columns are sure of, those in doubt by id, and whom of these the rules match."""

    node: Node
    predicate: Predicate
    sure: int = 0
    doubt: Mask | None = None
    matching: list[int] = field(default_factory=list)

    def take(self, answers: Answers, block: int, here: Mask, last: int) -> Mask:
        """Count a block; give who surely matches."""
        answer = answers.of(self.node)
        sure, doubt = answer.sure & here, answer.doubt & here
        self.sure += int(np.count_nonzero(sure))
        if doubt.any():
            if self.doubt is None:
                self.doubt = np.zeros((last // SIZE + 1) * SIZE, np.bool_)
            self.doubt[block * SIZE : block * SIZE + SIZE] = doubt
        return sure

    def size(self, scale: float) -> int:
        """Give the count, with as many more in doubt as were not asked."""
        return self.sure + round(len(self.matching) * scale)


class Survey:
    """Trees of a checked definition, asked of all profiles as of one instant; audiences count by their rules."""

    def __init__(self, house: House, definition: Definition, nodes: Sequence[Node], also: frozenset[str]) -> None:
        """`also` names audiences that the nodes include beyond those of the definition."""
        self.now = house.clock.now()
        self._clock = house.clock
        self._included = rules_of(house.registry, definition.includes | also, self.now)
        self._leaves = gather(
            [leaf for one in (definition, *self._included.values()) for leaf in one.leaves],
            lambda asked: {leaf: number for number, leaf in enumerate(asked, 1)},
            house.zone,
        )
        self._question = Question({slug: one.root for slug, one in self._included.items()})
        self._predicates = {slug: compile_predicate(one) for slug, one in self._included.items()}
        self._tallies = [_Tally(node, compile_predicate(replace(definition, root=node))) for node in nodes]

    def run(self, connection: sqlite3.Connection, deadline: int, sample: int) -> Counted:
        """Count until time is up."""
        last, newest = subjects.last_id(connection), list[int]()
        if not columns.are_there(connection):
            behind = np.arange(1, last + 1)
            total = subjects.count(connection)
        else:
            changed = np.array(columns.behind(connection), np.int64)
            told, newest = self._ask_columns(connection, last, changed, sample)
            behind = np.array(subjects.profiles_among(connection, changed.tolist()), np.int64)
            total = told + len(behind)
        doubtful = self._doubtful(behind, last)
        asked = self._ask_each(connection, doubtful, set(behind.tolist()), deadline)
        scale = len(doubtful) / max(1, asked)
        found = sorted([*newest, *self._tallies[0].matching], reverse=True)[:sample]
        return Counted([one.size(scale) for one in self._tallies], total, found, len(doubtful), asked)

    def _ask_columns(
        self, connection: sqlite3.Connection, last: int, changed: Ids, sample: int
    ) -> tuple[int, list[int]]:
        """Count all but those who have changed since; give how many there are, and the newest who surely match."""
        told, newest = 0, list[int]()
        for number in range(last // SIZE + 1):
            block = StoredBlock(connection, number, self.now)
            here = block.here
            here[changed[changed // SIZE == number] % SIZE] = False
            if here.any():
                told += int(np.count_nonzero(here))
                answers = self._question.ask(block, self.now)
                sure, *_ = [tally.take(answers, number, here, last) for tally in self._tallies]
                newest += (np.flatnonzero(sure)[::-1][:sample] + number * SIZE).tolist()
        return told, newest

    def _doubtful(self, behind: Ids, last: int) -> Ids:
        """Give everyone who must be asked, by id."""
        found = np.zeros((last // SIZE + 1) * SIZE, np.bool_)
        found[behind] = True
        for tally in self._tallies:
            if tally.doubt is not None:
                found |= tally.doubt
        return np.flatnonzero(found)

    def _ask_each(self, connection: sqlite3.Connection, doubtful: Ids, behind: set[int], deadline: int) -> int:
        """Ask parts of all who are in doubt until time is up; give how many were asked."""
        asked = 0
        for part in spread(len(doubtful), AT_ONCE):
            ids = doubtful[part.start : part.stop : part.step].tolist()
            asked += len(ids)
            self._ask_part(connection, subjects.profiles_among(connection, ids), behind)
            if self._clock.now() >= deadline:
                break
        return asked

    def _ask_part(self, connection: sqlite3.Connection, ids: Sequence[int], behind: set[int]) -> None:
        states = self._states(connection, ids)
        for id in ids:
            fields = Fields(join(states.get(id, [])), self.now, self._leaves.numbers)
            included = _Included(self._predicates, fields, self.now)
            for tally in self._tallies:
                in_doubt = id in behind or (tally.doubt is not None and tally.doubt[id])
                if in_doubt and tally.predicate(fields, self.now, included):
                    tally.matching.append(id)

    def _states(self, connection: sqlite3.Connection, ids: Sequence[int]) -> Mapping[int, list[Fragment]]:
        rows = fragments.of_profiles(connection, ids)
        asked = self._leaves.by_event
        logs = events.logs(connection, [row.id for row in rows], asked) if asked else {}
        states: dict[int, list[Fragment]] = {}
        for row in rows:
            state = self._leaves.catch_up(anew(row.state), logs[row.id]) if asked else row.state
            states.setdefault(row.profile_id, []).append(state)
        return states


class _Included(dict[str, bool]):
    """The verdicts of audiences by their rules, each worked out when it is first asked for."""

    def __init__(self, predicates: Mapping[str, Predicate], fields: Fields, now: int) -> None:
        super().__init__()
        self._predicates, self._fields, self._now = predicates, fields, now

    def __missing__(self, slug: str) -> bool:
        verdict = self[slug] = self._predicates[slug](self._fields, self._now, self)
        return verdict


def spread(count: int, at_once: int) -> Iterator[slice]:
    """Give the indexes of so many things in parts, each spread over all, far parts before near ones."""
    step = max(1, ceil(count / at_once))
    stride = next(one for one in range(max(1, step * 5 // 8), step + 2) if gcd(one, step) == 1)
    return (slice(number * stride % step, count, step) for number in range(step))
