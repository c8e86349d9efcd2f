"""The words of a definition where only the verdict of a check counts, not its advice."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from engine.language.types import Field, Vocabulary


@dataclass(frozen=True, slots=True)
class Terse:
    """The same words, without a list to search for similar names: among ten thousand that takes long."""

    vocabulary: Vocabulary

    def field(self, name: str) -> Field | None:
        """Find a field."""
        return self.vocabulary.field(name)

    def field_names(self) -> Iterable[str]:
        """Suggest nothing."""
        return ()

    def audience_slugs(self) -> Iterable[str]:
        """List the audiences that may be included."""
        return self.vocabulary.audience_slugs()
