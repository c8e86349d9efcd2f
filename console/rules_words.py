"""The words of a definition as rows need them: all of them, the verdict of a check alone, or those within WHERE."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

from console.rules import Rule
from console.rules_operators import type_by
from engine.language.events import BUILT_IN, EventVocabulary
from engine.language.types import Field, Vocabulary
from engine.values import FieldType, Motion


class Words(Vocabulary, EventVocabulary, Protocol):
    """Fields, audiences and events."""


@dataclass(frozen=True, slots=True)
class Terse:
    """The same words, without lists to search for similar names: among ten thousand that takes long."""

    words: Words

    def field(self, name: str) -> Field | None:
        """Find a field."""
        return self.words.field(name)

    def field_names(self) -> Iterable[str]:
        """Suggest nothing."""
        return ()

    def audience_slugs(self) -> Iterable[str]:
        """List the audiences that may be included."""
        return self.words.audience_slugs()

    def event_names(self) -> Iterable[str]:
        """Suggest nothing."""
        return ()

    def property(self, event: str, name: str) -> Field | None:
        """Find a property of an event."""
        return self.words.property(event, name)


def field_of(rule: Rule, words: Words, event: str | None = None) -> Field | None:
    """Find the field that a rule is about, or the property of an event; one never seen is what its operator is for."""
    if event is None or not rule.field:
        return words.field(rule.field) if rule.field else None
    seen = seen_property(rule.field, words, event)
    return seen or Field(rule.field, type_by(rule.operator) or FieldType.STRING, Motion.STILL, rule.field)


def seen_property(name: str, words: Words, event: str) -> Field | None:
    """Find what is known of a property of an event; None where it is asked about before it was ever seen."""
    return BUILT_IN.get(name) or words.property(event, name)
