"""What the builder says about unsaved rules: what is missing, what is wrong, or whom they match."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from starlette.requests import Request

from console.builder_draft import Draft, Source
from console.builder_mending import Mending, mendings
from console.builder_sizes import Line, lines
from console.rules import EventRule, Rule
from console.rules_gaps import Remark, gaps
from console.rules_tree import faults
from console.rules_words import Words, field_of
from engine.errors import Problem
from engine.ports import Engine, Preview
from engine.seen import event_label

T = TypeVar("T")

SAMPLE = 6


@dataclass(frozen=True, slots=True)
class Mistake:
    """A problem of the text, with what can be clicked to mend it."""

    problem: Problem
    mendings: Sequence[Mending]


@dataclass(frozen=True, slots=True)
class Named:
    """A remark on a rule, with what people call that rule: its attribute, or its place."""

    rule: str
    remark: Remark


@dataclass(frozen=True, slots=True)
class Look:
    """One of: nothing yet, gaps, mistakes, or a preview."""

    gaps: Sequence[Named] = ()
    faults: Sequence[Named] = ()
    """What is wrong with rows, where these are what was edited."""
    mistakes: Sequence[Mistake] = ()
    """What is wrong, in the terms of the text."""
    preview: Preview | None = None
    lines: Sequence[Line] = ()
    """How many each rule and group of the preview matches alone."""

    @property
    def is_finished(self) -> bool:
        """Whether the rules can be saved, as far as can be seen."""
        return self.preview is not None


async def look(engine: Engine, draft: Draft) -> Look:
    """Look at a draft as it stands, its rows and its text in step."""
    if not draft.definition.strip():
        return Look()
    by_rows, words = draft.source is Source.ROWS, engine.catalog
    if by_rows and (missing := _named(gaps(draft.rows), words)):
        return Look(gaps=missing)
    text = draft.definition
    preview = await engine.audiences.preview(text, SAMPLE, _saved(engine, draft))
    if preview.problems:
        wrong = _named(faults(draft.rows, words), words) if by_rows else ()
        return Look(faults=wrong, mistakes=mistakes(text, preview.problems, words))
    return Look(preview=preview, lines=lines(preview, draft.rows))


def _saved(engine: Engine, draft: Draft) -> str | None:
    """Give the slug of the audience that is edited, unless somebody has deleted it meanwhile."""
    is_there = draft.version is not None and engine.audiences.by_slug(draft.slug) is not None
    return draft.slug if is_there else None


def _named(remarks: Iterable[Remark], words: Words) -> list[Named]:
    return [Named(_name(one, words), one) for one in remarks]


def _name(remark: Remark, words: Words) -> str:
    match remark.item:
        case Rule() as rule if (field := field_of(rule, words, remark.event)) is not None:
            return field.label
        case EventRule(event=event) if event:
            return event_label(event)
        case _:
            return f"Rule {remark.at + 1}"


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


def mistakes(text: str, problems: Sequence[Problem], words: Words) -> list[Mistake]:
    """Tell mistakes with what mends them; a place that only a tree has gets no button."""
    return [Mistake(one, mendings(text, one, words) if one.pointer is None and one.excerpt else ()) for one in problems]
