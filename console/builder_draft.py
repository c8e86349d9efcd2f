"""What the builder's form holds: rules as rows and as text, and the words around them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum

from starlette.datastructures import FormData

from console.rules import Group
from console.rules_form import fitted_group, read_rows
from console.rules_from_tree import rows_of
from console.rules_tree import text_of
from console.rules_words import Words
from engine.domain.audiences import Audience, AudienceDraft
from engine.errors import InvalidDefinition
from engine.language.parser import parse
from engine.ports import AudienceChanges

EDITED = frozenset({"name", "description", "definition", "personalizable", "tags"})


class Source(StrEnum):
    """Which of the two forms of the rules was edited last, and so is the one that counts."""

    ROWS = "rows"
    TEXT = "text"


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """An audience as it is being edited, whole or not."""

    name: str = ""
    slug: str = ""
    description: str = ""
    tags: str = ""
    personalizable: bool = False
    source: Source = Source.TEXT
    text: str = ""
    rows: Group = field(default_factory=Group)
    version: int | None = None

    @property
    def definition(self) -> str:
        """The rules, from whichever form counts."""
        return text_of(self.rows) if self.source is Source.ROWS else self.text

    @property
    def tag_list(self) -> tuple[str, ...]:
        """The tags, each once."""
        tags = (" ".join(tag.split()) for tag in self.tags.split(","))
        return tuple(dict.fromkeys(tag for tag in tags if tag))

    def as_new(self) -> AudienceDraft:
        """Give what makes a new audience."""
        return AudienceDraft(
            name=self.name,
            definition=self.definition,
            slug=self.slug.strip() or None,
            description=self.description.strip() or None,
            personalizable=self.personalizable,
            tags=self.tag_list,
        )

    def as_changes(self, author: str) -> AudienceChanges:
        """Give what changes the audience it was read from, if nobody changed it meanwhile."""
        return AudienceChanges(
            given=EDITED,
            name=self.name.strip(),
            description=self.description.strip() or None,
            definition=self.definition,
            personalizable=self.personalizable,
            tags=self.tag_list,
            expected_version=self.version,
            author=author,
        )


def draft_of(audience: Audience, words: Words) -> Draft:
    """Begin to edit an audience."""
    return Draft(
        name=audience.name,
        slug=audience.slug,
        description=audience.description or "",
        tags=", ".join(audience.tags),
        personalizable=audience.personalizable,
        text=audience.definition,
        rows=rows_of(parse(audience.definition), words),
        version=audience.version,
    )


def read_draft(form: FormData, words: Words) -> Draft:
    """Read the form. Raises InvalidValue beyond any sensible size."""
    pairs = [(name, value) for name, value in form.multi_items() if isinstance(value, str)]
    given: Mapping[str, str] = dict(pairs)
    return Draft(
        name=given.get("name", ""),
        slug=given.get("slug", ""),
        description=given.get("description", "").replace("\r\n", "\n"),
        tags=given.get("tags", ""),
        personalizable="personalizable" in given,
        source=Source.ROWS if given.get("source") == Source.ROWS else Source.TEXT,
        text=given.get("definition", "").replace("\r\n", "\n"),
        rows=fitted_group(read_rows(pairs), words),
        version=_whole(given.get("over") or given.get("version", "")),
    )


def _whole(text: str) -> int | None:
    return int(text) if text.isdecimal() and len(text) < 10 else None


def agreed(draft: Draft, words: Words) -> Draft:
    """Bring the other form of the rules into step with the one that counts, where that can be read."""
    if draft.source is Source.ROWS:
        return replace(draft, text=draft.definition)
    if not draft.text.strip():
        return replace(draft, rows=Group())
    try:
        return replace(draft, rows=rows_of(parse(draft.text), words))
    except InvalidDefinition:
        return draft
