"""What applying a file of audiences would change, said before anything is changed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from engine.domain.audiences import Audience
from engine.errors import InvalidDefinition
from engine.language.checker import check, find_cycle, include_cycle
from engine.language.difference import Mark, difference
from engine.language.parser import parse
from engine.language.printer import to_text
from engine.language.types import Field
from engine.ports import Catalog, Engine

Given = Mapping[str, Mapping[str, Any]]
_WIDTH = 200


@dataclass(frozen=True, slots=True)
class _Coming:
    """The words there will be: the audiences of the file may be included too."""

    catalog: Catalog
    slugs: frozenset[str]

    def field(self, name: str) -> Field | None:
        """Find a field."""
        return self.catalog.field(name)

    def field_names(self) -> Iterable[str]:
        """List the fields."""
        return self.catalog.field_names()

    def audience_slugs(self) -> Iterable[str]:
        """List the audiences that may be included."""
        return self.slugs


def foreseen(engine: Engine, wanted: Given) -> Iterator[str]:
    """Say of each audience what would become of it. Raises InvalidDefinition."""
    _check(engine, wanted)
    for slug, given in wanted.items():
        found = engine.audiences.by_slug(slug)
        changed = {} if found is None else {name: value for name, value in given.items() if differs(found, name, value)}
        if found is None:
            yield f"{slug}: would be made"
        elif not changed:
            yield f"{slug}: as it was"
        else:
            yield f"{slug}: would change {', '.join(changed)}"
            yield from _lines(found, changed)


def differs(found: Audience, name: str, value: Any) -> bool:
    """Tell whether something of an audience is not as it is given; rules are compared, not how they are written."""
    return bool(getattr(found, name) != (to_text(parse(value)) if name == "definition" else value))


def _lines(found: Audience, changed: Mapping[str, Any]) -> Iterator[str]:
    for name, value in changed.items():
        if name == "definition":
            yield from _rules(found.definition, value)
        else:
            yield f"  - {name} = {getattr(found, name)!r}"[:_WIDTH]
            yield f"  + {name} = {value!r}"[:_WIDTH]


def _rules(before: str, after: str) -> Iterator[str]:
    for line in difference(parse(before), parse(after)):
        if line.mark is Mark.REMOVED:
            yield f"  - {line.said.text}"
        elif line.mark is not Mark.SAME:
            yield from (f"  - {was.text}" for was in [line.was] if was is not None)
            yield f"  + {line.said.text}"


def _check(engine: Engine, wanted: Given) -> None:
    """Check all rules of a file as they will be once it is applied. Raises InvalidDefinition."""
    audiences = engine.audiences
    includes = {one.slug: frozenset(used.slug for used in audiences.depends_on(one.slug)) for one in audiences.all()}
    words = _Coming(engine.catalog, frozenset(includes) | frozenset(wanted))
    for slug, given in wanted.items():
        try:
            includes[slug] = check(parse(given["definition"], slug), words).includes
        except InvalidDefinition as error:
            named = tuple(replace(one, message=f"{slug}: {one.message}") for one in error.problems)
            raise InvalidDefinition(named) from None
    for slug in wanted:
        if cycle := find_cycle(slug, includes):
            raise include_cycle(cycle)
