"""One definition through every pass at once; they must agree."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from engine.language.checker import check
from engine.language.explain import explain
from engine.language.horizon import compile_horizon
from engine.language.nodes import Node, Not
from engine.language.parser import parse
from engine.language.predicate import compile_predicate
from engine.language.printer import to_text
from engine.language.tree import from_tree, to_tree
from engine.language.types import MovingFields, Vocabulary
from tests.language.blocks import AT, PersonBlock, answered
from tests.language.people import Words


class Someone(Protocol):
    """A person whose fields can be read at any instant."""

    def at(self, now: int, /) -> MovingFields:
        """Give this person at an instant."""


def verdict(
    node: Node, person: Someone, now: int, included: Mapping[str, bool], words: Vocabulary | None = None
) -> bool:
    """Decide by the predicate."""
    definition = check(node, words or Words(included))
    return compile_predicate(definition)(person.at(now), now, included)


def horizon(node: Node, person: Someone, now: int, included: Mapping[str, bool]) -> int | None:
    """Find the next change by the horizon."""
    return compile_horizon(check(node, Words(included)))(person.at(now), now)


def agreed_verdict(
    node: Node, person: Someone, now: int, included: Mapping[str, bool], words: Vocabulary | None = None
) -> bool:
    """Decide by the predicate, and make sure that no other pass sees it differently."""
    words = words or Words(included)
    definition = check(node, words)
    decided = compile_predicate(definition)(person.at(now), now, included)
    explanation = explain(definition, person.at(now), now, included)
    assert explanation.matched is decided
    assert explanation.steps[0].matched is decided
    assert verdict(Not(node), person, now, included, words) is not decided
    for again in (parse(to_text(definition.root)), from_tree(to_tree(definition.root))):
        assert check(again, words).root == definition.root
        assert verdict(again, person, now, included, words) is decided
    until = compile_horizon(definition)(person.at(now), now)
    assert until is None or until > now
    assert explanation.next_change_at == until or definition.includes
    block = PersonBlock(person.at(now), definition.leaves)
    answer = answered(definition, block, now, included)
    assert answer.sure[AT] <= decided <= answer.possible[AT]
    assert answer.sure[AT] == answer.possible[AT] or not block.tells_all
    return decided
