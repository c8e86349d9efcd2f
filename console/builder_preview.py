"""What the builder says about unsaved rules: what is missing, what is wrong, or whom they match."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from starlette.requests import Request

from console.builder_draft import Draft, Source
from console.builder_mending import Mending, mendings
from console.rules import Rule
from console.rules_tree import Gap, gaps
from engine.errors import Problem
from engine.language.types import Vocabulary
from engine.ports import Engine, Preview

T = TypeVar("T")

SAMPLE = 6


@dataclass(frozen=True, slots=True)
class Mistake:
    """A problem of the text, with what can be clicked to mend it."""

    problem: Problem
    mendings: Sequence[Mending]


@dataclass(frozen=True, slots=True)
class Look:
    """One of: nothing yet, gaps, mistakes, or a preview."""

    gaps: Sequence[tuple[Gap, str]] = ()
    """What is missing, each with the name of the rule that lacks it."""
    mistakes: Sequence[Mistake] = ()
    preview: Preview | None = None

    @property
    def is_finished(self) -> bool:
        """Whether the rules can be saved, as far as can be seen."""
        return self.preview is not None


async def look(engine: Engine, draft: Draft) -> Look:
    """Look at a draft as it stands."""
    if not draft.definition.strip():
        return Look()
    if missing := _missing(draft, engine.catalog):
        return Look(gaps=missing)
    text = draft.definition
    preview = await engine.audiences.preview(text, SAMPLE)
    if preview.problems:
        return Look(mistakes=mistakes(text, preview.problems, engine.catalog))
    return Look(preview=preview)


async def while_awaited(request: Request, work: Coroutine[Any, Any, T]) -> T | None:
    """Work as long as the browser waits: a newer edit drops the question about the one before. None when dropped.

    The request's body must have been read: all that can still come of it is its end."""
    working, leaving = asyncio.ensure_future(work), asyncio.ensure_future(request.receive())
    await asyncio.wait((working, leaving), return_when=asyncio.FIRST_COMPLETED)
    leaving.cancel()
    if not working.done():
        working.cancel()
        return None
    return working.result()


def mistakes(text: str, problems: Sequence[Problem], vocabulary: Vocabulary) -> list[Mistake]:
    """Tell mistakes with what mends them; a place that only a tree has gets no button."""
    return [
        Mistake(one, mendings(text, one, vocabulary) if one.pointer is None and one.excerpt else ()) for one in problems
    ]


def _missing(draft: Draft, vocabulary: Vocabulary) -> list[tuple[Gap, str]]:
    if draft.source is not Source.ROWS:
        return []
    return [(gap, _name(gap, vocabulary)) for gap in gaps(draft.rows)]


def _name(gap: Gap, vocabulary: Vocabulary) -> str:
    """Name the rule: by its attribute, or by its place."""
    field = vocabulary.field(gap.item.field) if isinstance(gap.item, Rule) and gap.item.field else None
    return field.label if field else f"Rule {gap.at + 1}"
