"""`rollcall audiences`: list, export, apply and delete audiences, as text that people keep beside their code."""

from __future__ import annotations

import json
import tomllib
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from cli.configuration import existing
from cli.foreseeing import differs, foreseen
from engine.assembly import open_parts
from engine.domain.audiences import Audience, AudienceDraft
from engine.errors import InvalidDefinition, InvalidValue, NotFound
from engine.ports import AudienceChanges, Audiences
from engine.settings import Settings
from engine.values import format_time, parse_time

AUTHOR = "rollcall audiences apply"
COLUMNS = ("slug", "name", "size", "state", "definition")
KINDS: dict[str, tuple[Any, str]] = {
    "name": (str, "text"),
    "description": (str, "text"),
    "definition": (str, "text"),
    "personalizable": (bool, "true or false"),
    "tags": (list, "a list of words"),
    "expires_at": (datetime | str, "a date with its time"),
}


async def show(settings: Settings) -> None:
    """Print every audience with its size and state: a table for people, tabs between the columns for other tools."""
    existing(settings)
    async with open_parts(settings) as parts:
        rows = [(one.slug, one.name, str(one.size), one.state, one.definition) for one in parts.engine.audiences.all()]
    out = Console()
    if not out.is_terminal:
        print("\n".join("\t".join(cells) for cells in (COLUMNS, *rows)))
        return
    table = Table(*COLUMNS, box=None, header_style="bold", pad_edge=False)
    for row in rows:
        table.add_row(*map(escape, row))
    out.print(table)


async def export(settings: Settings) -> None:
    """Print every audience as TOML, a table for each slug."""
    existing(settings)
    async with open_parts(settings) as parts:
        print("\n".join(_table(one) for one in parts.engine.audiences.all()), end="")


async def apply(settings: Settings, file: Path, dry_run: bool = False) -> None:
    """Make or change audiences as a TOML file says; what it does not name stays."""
    wanted = _read(file)
    if dry_run:
        existing(settings)
    async with open_parts(settings) as parts:
        if dry_run:
            print("\n".join(foreseen(parts.engine, wanted)))
            return
        while wanted:
            wanted = await _apply_those_that_can(parts.engine.audiences, wanted)
        while await parts.backfills.run_once():
            pass


async def delete(settings: Settings, slug: str) -> None:
    """Delete an audience and all that it leaves. Raises NotFound, InUse."""
    existing(settings)
    async with open_parts(settings) as parts:
        found = parts.engine.audiences.by_slug(slug)
        if found is None:
            raise NotFound(f"There is no audience {slug}.")
        await parts.engine.audiences.delete(found.id)
        while await parts.removals.run_once():
            pass
    print(f"{slug}: deleted")


async def _apply_those_that_can(audiences: Audiences, wanted: dict[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """Apply what does not include an audience that comes later; give the rest. Raises InvalidDefinition."""
    later: dict[str, dict[str, Any]] = {}
    for slug, given in wanted.items():
        try:
            print(f"{slug}: {await _apply(audiences, slug, given)}")
        except InvalidDefinition as error:
            if len(later) == len(wanted) - 1 or any(problem.code != "unknown_audience" for problem in error.problems):
                named = tuple(replace(one, message=f"{slug}: {one.message}") for one in error.problems)
                raise InvalidDefinition(named) from None
            later[slug] = given
    return later


async def _apply(audiences: Audiences, slug: str, given: dict[str, Any]) -> str:
    found = audiences.by_slug(slug)
    if found is None:
        await audiences.create(AudienceDraft(**{"slug": slug, "name": slug, **given}), author=AUTHOR)
        return "made"
    changed = frozenset(name for name, value in given.items() if differs(found, name, value))
    if not changed:
        return "as it was"
    await audiences.update(found.id, AudienceChanges(given=changed, author=AUTHOR, **given))
    return "changed"


def _read(file: Path) -> dict[str, dict[str, Any]]:
    """Read and check the whole file before anything is changed. Raises InvalidValue."""
    try:
        found = tomllib.loads(file.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise InvalidValue(f"{file} cannot be read: {error}.") from None
    return {slug: _checked(slug, given) for slug, given in found.items()}


def _checked(slug: str, given: Any) -> dict[str, Any]:
    if not isinstance(given, dict) or "definition" not in given:
        raise InvalidValue(f"[{slug}] needs a definition.")
    for name, value in given.items():
        if name not in KINDS:
            raise InvalidValue(f"[{slug}] has an unknown key {name}. Known are {', '.join(KINDS)}.")
        kind, said = KINDS[name]
        words = value if isinstance(value, list) else ()
        if not isinstance(value, kind) or not all(isinstance(word, str) for word in words):
            raise InvalidValue(f"[{slug}] {name} is {said}, not {value!r}.")
    return given | {name: made for name, made in _made(slug, given)}


def _made(slug: str, given: dict[str, Any]) -> list[tuple[str, Any]]:
    """Give tags and the expiry as the engine takes them."""
    found: list[tuple[str, Any]] = [("tags", tuple(given["tags"]))] if "tags" in given else []
    if "expires_at" in given:
        at = parse_time(str(given["expires_at"]))
        if at is None:
            raise InvalidValue(f"[{slug}] expires_at is {KINDS['expires_at'][1]}, not {given['expires_at']!r}.")
        found.append(("expires_at", int(at)))
    return found


def _table(audience: Audience) -> str:
    values = {name: getattr(audience, name) for name in KINDS}
    if audience.expires_at is not None:
        values["expires_at"] = format_time(audience.expires_at)
    lines = [f"{name} = {_value(value)}" for name, value in values.items() if value is not None]
    return "\n".join([f"[{audience.slug}]", *lines, ""])


def _value(value: Any) -> str:
    """Write a TOML value: JSON's text is TOML's too, but for one control character."""
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
