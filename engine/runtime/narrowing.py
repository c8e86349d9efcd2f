"""Whom a walk over existing subjects can pass over: those who, as columns are sure, have nothing to do with new rules.

Only for rules that time alone cannot turn: whoever may come to match them later needs an alarm, and so a visit."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Sequence

import numpy as np

from engine.domain.columns import SIZE
from engine.language.columns import Question
from engine.runtime.blocks import StoredBlock
from engine.runtime.house import House
from engine.runtime.registry import Live, rules_of
from engine.storage import columns, subjects


def next_subjects(
    house: House,
    connection: sqlite3.Connection,
    start: int,
    until: int,
    limit: int,
    asked: Collection[int],
) -> tuple[list[int], int]:
    """Give the next subjects after one, at most `limit`, that may have to do with some audiences, by id; and up to
    which subject nobody else has."""
    lives = house.registry.with_dependents(asked)
    if any(live.moves for live in lives) or not columns.are_there(connection):
        ids = subjects.after(connection, start, until, limit)
        return ids, ids[-1] if len(ids) == limit else until
    end = min(until, (start + 1) // SIZE * SIZE + SIZE - 1)
    ids = _concerned(house, connection, [live for live in lives if live.audience.id in asked], start, end)
    return ids[:limit], ids[limit - 1] if len(ids) > limit else end


def _concerned(house: House, connection: sqlite3.Connection, lives: Sequence[Live], start: int, end: int) -> list[int]:
    """List those of a stretch within one block who may match, who are members, or of whom columns know nothing."""
    number, now = end // SIZE, house.clock.now()
    block = StoredBlock(connection, number, now)
    included = rules_of(house.registry, frozenset().union(*(live.definition.includes for live in lives)), now)
    answers = Question({slug: one.root for slug, one in included.items()}).ask(block, now)
    concerned = ~block.here
    for live in lives:
        concerned |= answers.of(live.definition.root).possible
    members = subjects.members_between(connection, start, end, [live.audience.id for live in lives])
    behind = columns.behind(connection, start, end)
    concerned[[id - number * SIZE for id in (*behind, *members)]] = True
    stretch = np.flatnonzero(concerned[start + 1 - number * SIZE : end + 1 - number * SIZE]) + start + 1
    return subjects.existing(connection, stretch.tolist())
