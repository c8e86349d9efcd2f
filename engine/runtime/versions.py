"""Versions of an audience: what each edit left, and what became of it from one to another."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from functools import partial

from engine.errors import NotFound
from engine.language.checker import understood
from engine.language.difference import Line, difference, sentences
from engine.language.parser import parse
from engine.ports import AudienceDifference, AudienceVersion
from engine.runtime.registry import Words
from engine.storage import audiences
from engine.storage.audiences import VersionRow
from engine.values import format_time


def listed(connection: sqlite3.Connection, audience_id: int, first: int, words: Words) -> list[AudienceVersion]:
    """List versions, newest first."""
    rows = audiences.versions(connection, audience_id, None, first + 1)
    before: list[VersionRow | None] = [*rows[1:], None]
    return [_version(row, earlier, words) for row, earlier in list(zip(rows, before, strict=True))[:first]]


def compared(
    connection: sqlite3.Connection, audience_id: int, version: int, since: int | None, words: Words
) -> AudienceDifference:
    """Compare a version with an earlier (or later) one, or with the one before it. Raises NotFound."""
    after, earlier = _with_the_one_before(connection, audience_id, version)
    before = earlier if since is None else _with_the_one_before(connection, audience_id, since)[0]
    return AudienceDifference(
        before=None if before is None else _version(before, None, words),
        after=_version(after, earlier, words),
        details=[] if before is None else list(_details(before, after)),
        lines=_lines((before or after).definition, after.definition, words),
    )


def found(connection: sqlite3.Connection, audience_id: int, version: int) -> VersionRow:
    """Give one version. Raises NotFound."""
    return _with_the_one_before(connection, audience_id, version)[0]


def _with_the_one_before(
    connection: sqlite3.Connection, audience_id: int, version: int
) -> tuple[VersionRow, VersionRow | None]:
    rows = audiences.versions(connection, audience_id, version, 2)
    if not rows or rows[0].version != version:
        raise NotFound(f"There is no version {version}.", ("version",))
    return rows[0], (rows[1] if len(rows) > 1 else None)


def _version(row: VersionRow, before: VersionRow | None, words: Words) -> AudienceVersion:
    return AudienceVersion(
        version=row.version,
        definition=row.definition,
        created_at=row.created_at,
        author=row.author,
        name=row.name,
        restored_from=row.restored_from,
        tell=partial(_told, row, before, words),
    )


def _told(row: VersionRow, before: VersionRow | None, words: Words) -> Sequence[str]:
    """Say what an edit changed, a sentence each."""
    if before is None:
        return ["Made."]
    restored = [] if row.restored_from is None else [f"Rules of version {row.restored_from} restored."]
    return [*restored, *_details(before, row), *_rules(before, row, words)] or ["Checked anew against the data."]


def _rules(before: VersionRow, after: VersionRow, words: Words) -> list[str]:
    if before.definition == after.definition:
        return []
    return sentences(_lines(before.definition, after.definition, words)) or ["Only the order of the rules."]


def _details(before: VersionRow, after: VersionRow) -> Iterator[str]:
    """Say what changed beside the rules."""
    if before.name != after.name:
        yield f"Renamed from “{before.name}” to “{after.name}”."
    if before.description != after.description:
        yield "Description changed." if before.description and after.description else _description(after)
    if before.personalizable != after.personalizable:
        yield f"Pages may {'' if after.personalizable else 'no longer '}see who is in it."
    yield from _tags(before.tags, after.tags)
    if before.expires_at != after.expires_at:
        ends = "It no longer ends by itself."
        yield ends if after.expires_at is None else f"It ends at {format_time(after.expires_at)}."


def _description(after: VersionRow) -> str:
    return f"Description {'added' if after.description else 'removed'}."


def _tags(before: Sequence[str], after: Sequence[str]) -> Iterator[str]:
    for word, tags, others in (("added", after, before), ("removed", before, after)):
        if moved := [tag for tag in tags if tag not in others]:
            yield f"Tags {word}: {', '.join(moved)}."


def _lines(before: str, after: str, words: Words) -> tuple[Line, ...]:
    """Compare rules with the names that fields have for people."""
    return difference(understood(parse(before), words, words), understood(parse(after), words, words))
