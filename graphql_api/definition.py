"""Rules in every form: text and tree, one read from the other, and what they say in English."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Annotated, Any

import strawberry
from strawberry import Parent

from engine.domain import audiences
from engine.language.checker import check, understood
from engine.language.english import summarise
from engine.language.parser import parse
from engine.language.printer import to_text
from engine.language.tree import from_tree, to_tree
from engine.language.types import Vocabulary
from graphql_api import described
from graphql_api.context import Info
from graphql_api.scalars import JSON

if TYPE_CHECKING:
    from graphql_api.audience import Audience


@described.one_of
class AudienceDefinitionInput:
    """The rules that decide who belongs. Give the text or the tree; each can be read back as the other."""

    text: str | None = described.optional("The rule language, e.g. `score_momentum > 50 AND EXISTS email`.")
    tree: JSON | None = described.optional("The rule tree as JSON (JSON Schema at /schema/rule.json).")


@described.type_
class AudienceDefinition:
    """Rules in every form."""

    @described.field
    @staticmethod
    def text(rules: Parent[str]) -> str:
        """The rule language."""
        return rules

    @described.field
    @staticmethod
    def tree(rules: Parent[str]) -> JSON:
        """The rule tree as JSON."""
        return JSON(to_tree(parse(rules)))

    @described.field
    @staticmethod
    def summary(rules: Parent[str], info: Info) -> str:
        """One English sentence."""
        return summarise(understood(parse(rules), info.context.engine.catalog))

    @described.field_of(list[Annotated["Audience", strawberry.lazy("graphql_api.audience")]])
    @staticmethod
    def depends_on(rules: Parent[str], info: Info) -> Sequence[audiences.Audience]:
        """Audiences these rules refer to."""
        known = info.context.engine.audiences
        found = (known.by_slug(slug) for slug in sorted(set(_included(to_tree(parse(rules))))))
        return [audience for audience in found if audience is not None]


def text_of(given: AudienceDefinitionInput, vocabulary: Vocabulary) -> str:
    """Give rules as text; a tree is checked, so that mistakes point into it. Raises InvalidDefinition."""
    if isinstance(given.text, str):
        return given.text
    root = from_tree(given.tree)
    check(root, vocabulary)
    return to_text(root)


def _included(tree: Any) -> Iterator[str]:
    match tree:
        case {"audience": str(slug)}:
            yield slug
        case {"args": list(args)}:
            for argument in args:
                yield from _included(argument)
        case _:
            return
