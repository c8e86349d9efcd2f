"""Law 5 in the plainest way: the whole history that a story must give, by asking the predicates at every instant at
which anything that they look at can pass anything that they compare it with. No horizon and no alarm is used.

Everything that moves by itself moves one way: scores and affinities fall, times and events grow older. So where all
comparisons come out the same at two instants, they do at every instant between them, and halving finds each turn."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from engine.catalog import Fields
from engine.domain.audiences import Cause, Transition
from engine.domain.events import Event
from engine.domain.identity import DEVICE
from engine.domain.profiles import EMPTY, Fragment, apply
from engine.language.dates import Shift, moved
from engine.language.events import tests_in
from engine.language.leaves import reader
from engine.language.nodes import Between, Compare, Did, In, Literal, Name, Test
from engine.language.occurrences import compile_matches
from engine.language.operators.did import window_of
from engine.runtime.registry import Live
from tests.engine.living import Living
from tests.engine.stories import Story

Turn = tuple[int, str, Transition, Cause]
"""(at, slug, transition, cause)."""


class Told(Fields):
    """What someone holds at an instant who keeps every event: nothing is counted ahead, nothing is dropped."""

    __slots__ = ("_done",)

    def __init__(self, state: Fragment, now: int, done: Mapping[str, Sequence[int]]) -> None:
        super().__init__(state, now)
        self._done = done

    def occurrences(self, leaf: str) -> Sequence[int]:
        """Give the instants of all events that match a leaf of DID."""
        return self._done[leaf]


@dataclass
class Someone:
    """A device as its events have made it so far, and what happened to its memberships."""

    state: Fragment = EMPTY
    events: list[Event] = field(default_factory=list)
    members: defaultdict[str, bool] = field(default_factory=lambda: defaultdict(bool))
    turns: list[Turn] = field(default_factory=list)

    def take(self, event: Event) -> None:
        """Follow one event."""
        assert event.anonymous_id is not None
        self.state = apply(self.state, event, [(DEVICE, event.anonymous_id)])
        self.events.append(event)

    def meet(self, lives: Sequence[Live], now: int, cause: Cause) -> None:
        """Ask every rule, included audiences before those that include them."""
        fields = self.at(now, self._done(lives))
        for live in lives:
            slug = live.audience.slug
            if live.predicate(fields, now, self.members) != self.members[slug]:
                self.members[slug] = not self.members[slug]
                way = Transition.ENTERED if self.members[slug] else Transition.EXITED
                self.turns.append((now, slug, way, cause))

    def wait(self, lives: Sequence[Live], now: int, until: int) -> None:
        """Ask at every instant after now, and up to another, at which any comparison comes out another way."""
        done, watch = self._done(lives), watch_for(lives)
        for at in _passings(lambda at: list(watch.sides(self.at(at, done))), now, until):
            self.meet(lives, at, Cause.TIME)

    def at(self, now: int, done: Mapping[str, Sequence[int]]) -> Told:
        """Give what it holds at an instant."""
        return Told(self.state, now, done)

    def _done(self, lives: Sequence[Live]) -> dict[str, list[int]]:
        leaves = {leaf.leaf: leaf for live in lives for leaf in live.definition.leaves}
        return {text: [one.occurred_at for one in self.events if _matches(leaf, one)] for text, leaf in leaves.items()}


def _matches(leaf: Did, event: Event) -> bool:
    return compile_matches(leaf)(event.name, event.occurred_at, event.properties)


def foretell(living: Living, story: Story) -> list[list[Turn]]:
    """Give the history of each device in order of appearance; nobody identifies one. `living` has all the audiences."""
    people: dict[str, Someone] = {}
    instants = [*(deed.at for deed in story.deeds), story.ends_at]
    to_come = {rule.slug for deed in story.deeds for rule in deed.rules}
    for deed, (now, until) in zip(story.deeds, pairwise(instants), strict=True):
        made = {rule.slug for rule in deed.rules}
        to_come -= made
        lives = [live for live in living.house.registry.order if live.audience.slug not in to_come]
        for someone in people.values():
            someone.meet([live for live in lives if live.audience.slug in made], now, Cause.DEFINITION)
        for event in deed.events:
            people.setdefault(str(event.anonymous_id), Someone()).take(event)
        for device in {str(event.anonymous_id) for event in deed.events}:
            people[device].meet(lives, now, Cause.EVENT)
        for someone in people.values():
            someone.wait(lives, now, until)
    return [someone.turns for someone in people.values()]


def _passings(side: Callable[[int], list[bool]], low: int, high: int) -> Iterator[int]:
    """Find every instant at which what `side` gives is not what it gave a millisecond before."""

    def between(low: int, before: list[bool], high: int, after: list[bool]) -> Iterator[int]:
        if before == after:
            return
        if high == low + 1:
            yield high
            return
        middle = (low + high) // 2
        inside = side(middle)
        yield from between(low, before, middle, inside)
        yield from between(middle, inside, high, after)

    return between(low, side(low), high, side(high))


@dataclass
class Watch:
    """Every comparison of some rules, each once; it turns once at most while nothing happens."""

    ends: set[int] = field(default_factory=set)
    bounds: dict[Name, set[float | Shift]] = field(default_factory=dict)
    windows: dict[str, Shift] = field(default_factory=dict)

    def sides(self, fields: Told) -> Iterator[bool]:
        """Tell how each comes out."""
        now = fields.now
        yield from (now >= end for end in self.ends)
        for name, bounds in self.bounds.items():
            value = reader(name)(fields)
            if isinstance(value, int | float):
                for one in bounds:
                    bound = moved(now, one) if isinstance(one, Shift) else one
                    yield from (value < bound, value > bound)
        for leaf, window in self.windows.items():
            start = moved(now, window)
            yield from (at > start for at in fields.occurrences(leaf))


def watch_for(lives: Sequence[Live]) -> Watch:
    """Find what some rules compare with what."""
    watch = Watch({live.audience.expires_at for live in lives if live.audience.expires_at is not None})
    for live in lives:
        for test in tests_in(live.definition.root):
            watch.bounds.setdefault(test.name, set()).update(_bounds(test))
        windows = {leaf.leaf: window_of(leaf) for leaf in live.definition.leaves}
        watch.windows |= {leaf: window for leaf, window in windows.items() if window is not None}
    return watch


def _bounds(test: Test) -> Iterator[float | Shift]:
    match test:
        case Compare(value=value):
            literals: Sequence[Literal] = (value,)
        case Between(low=low, high=high):
            literals = (low, high)
        case In(values=values):
            literals = values
        case _:
            literals = ()
    return (one.value for one in literals if isinstance(one.value, float | int | Shift))
