"""What everybody is shown, worked out anew from the model's list of events: states, memberships, devices' own views.

Attributes, scores and verdicts of single tests are the engine's arithmetic; whose events count is the model's."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from zoneinfo import ZoneInfo

from engine.catalog import BY_NAME, Fields, attributes
from engine.domain import scores
from engine.domain.events import Event, Trust
from engine.domain.occurrences import properties_of
from engine.domain.profiles import EMPTY, Fragment, apply
from engine.language.checker import check
from engine.language.definition import Definition
from engine.language.occurrences import compile_matches
from engine.language.parser import parse
from engine.language.predicate import Predicate, compile_predicate
from engine.language.types import Field
from engine.values import FieldType, Motion, format_time
from tests.identity.facts import DEVICE, Entry, Facts, Identifier

TRAITS: Mapping[str, FieldType] = {"plan": FieldType.STRING, "age": FieldType.NUMBER}


@dataclass(frozen=True)
class Shown:
    """A profile, or a device's own view: the events that count, and by which identifiers each counts."""

    events: Sequence[tuple[Event, frozenset[Identifier]]]
    device: str | None = None
    """Set for what a device may see of itself."""

    @cached_property
    def state(self) -> Fragment:
        """Everything that the events give, as if they had come one after the other on one device."""
        state = EMPTY
        for event, identifiers in self.events:
            state = apply(state, event, sorted(identifiers))
        return state


def profile(facts: Facts, root: int) -> Shown:
    """Show a whole profile."""
    return Shown([(entry.event, _counting(entry)) for entry in facts.entries_of(facts.parts_of(root))])


def own(facts: Facts, device: str) -> Shown | None:
    """Show what a device may see of itself: all of its run, with what was only said; and where it is proven to be
    somebody's, all that is known of them. None for one never seen."""
    lead = facts.current.get(device)
    if lead is None:
        return None
    run = facts.parts_of_run(lead.run)
    others = [] if lead.trust is Trust.CLAIMED else facts.parts_of(facts.root(lead.home))
    events = [
        (entry.event, _counting(entry) | (entry.said if entry.part in run else set()))
        for entry in facts.entries_of([*run, *others])
    ]
    return Shown(events, device)


def _counting(entry: Entry) -> frozenset[Identifier]:
    device = entry.event.anonymous_id
    return frozenset(entry.carried | ({(DEVICE, device)} if device is not None else set()))


@dataclass(frozen=True)
class Rule:
    """An audience as the server says it stands."""

    slug: str
    definition: Definition
    predicate: Predicate
    personalizable: bool


class Rules:
    """All audiences, compiled; every verdict is asked anew."""

    def __init__(self, audiences: Iterable[Mapping[str, Any]]) -> None:
        told = list(audiences)
        words = _Words(frozenset(one["slug"] for one in told))
        self.rules = {one["slug"]: _rule(one, words) for one in told}

    def members(self, shown: Shown, now: int) -> list[str]:
        """List the audiences that somebody is in at an instant; a device is told those for front ends only."""
        fields = _Fields(shown, now)
        verdicts: dict[str, bool] = {}
        for slug in self.rules:
            self._judge(slug, fields, verdicts)
        return sorted(
            slug
            for slug, belongs in verdicts.items()
            if belongs and (shown.device is None or self.rules[slug].personalizable)
        )

    def _judge(self, slug: str, fields: _Fields, verdicts: dict[str, bool]) -> None:
        rule = self.rules[slug]
        for included in rule.definition.includes - verdicts.keys():
            self._judge(included, fields, verdicts)
        verdicts[slug] = rule.predicate(fields, fields.now, verdicts)


def told(shown: Shown, rules: Rules, now: int) -> dict[str, Any]:
    """Tell all of a profile that is compared. A device is told neither traits nor other devices."""
    return {**details(shown, now), "audiences": rules.members(shown, now)}


def details(shown: Shown, now: int) -> dict[str, Any]:
    """Tell a profile's details as GraphQL does."""
    fields = _Fields(shown, now)
    basis = fields.basis
    found = {name: None if basis is None else scores.score(basis, name, now) for name in scores.SCORE_NAMES}
    identities = [
        (*key.split(":", 1), Trust(seen.trust).name, format_time(seen.first_at), format_time(seen.last_at))
        for key, seen in shown.state.identities.items()
    ]
    told = attributes(fields)
    if shown.device is not None:
        told = {name: value for name, value in told.items() if name not in TRAITS}
        identities = [one for one in identities if one[0] != DEVICE or one[1] == shown.device]
    return {
        "known": fields["known"],
        "email": fields["email"],
        "identities": sorted(identities),
        "attributes": told,
        "scores": {name.upper(): value for name, value in found.items() if value is not None},
    }


class _Fields(Fields):
    """Fields whose DID is counted by looking at every event."""

    def __init__(self, shown: Shown, now: int) -> None:
        super().__init__(shown.state, now)
        self.shown = shown

    def occurrences(self, leaf: str) -> Sequence[int]:
        """Give the instants of matching events, newest first."""
        matches = _MATCHES[leaf]
        found = (
            event.occurred_at
            for event, _ in self.shown.events
            if matches(event.name, event.occurred_at, properties_of(event))
        )
        return sorted(found, reverse=True)


_MATCHES: dict[str, Any] = {}


def _rule(told: Mapping[str, Any], words: _Words) -> Rule:
    definition = check(parse(told["definition"]["text"]), words)
    for leaf in definition.leaves:
        _MATCHES[leaf.leaf] = compile_matches(leaf, ZoneInfo("UTC"))
    return Rule(told["slug"], definition, compile_predicate(definition), told["personalizable"])


@dataclass(frozen=True)
class _Words:
    """The fields of the house, and the traits that stories set."""

    slugs: frozenset[str]

    def field(self, name: str) -> Field | None:
        if name in BY_NAME:
            return BY_NAME[name].field
        return Field(name, TRAITS[name], Motion.STILL, name) if name in TRAITS else None

    def field_names(self) -> Iterable[str]:
        return [*BY_NAME, *TRAITS]

    def audience_slugs(self) -> Iterable[str]:
        return self.slugs
