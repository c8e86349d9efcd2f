"""`rollcall audiences`: list, export and apply audiences as text that people keep beside their code."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from engine.assembly import open_parts
from engine.domain.audiences import Audience, AudienceDraft
from engine.errors import InvalidValue
from engine.ports import AudienceChanges, Audiences
from engine.settings import Settings

NAMES = ("name", "description", "definition", "personalizable", "tags")


async def show(settings: Settings) -> None:
    """Print every audience with its size and state."""
    table = Table("slug", "name", "size", "state", "definition", box=None, header_style="bold")
    async with open_parts(settings) as parts:
        for one in parts.engine.audiences.all():
            table.add_row(one.slug, one.name, str(one.size), one.state, one.definition)
    Console(soft_wrap=True).print(table)


async def export(settings: Settings) -> None:
    """Print every audience as TOML, a table for each slug."""
    async with open_parts(settings) as parts:
        print("\n".join(_table(one) for one in parts.engine.audiences.all()))


async def apply(settings: Settings, file: Path) -> None:
    """Make or change audiences as a TOML file says; what it does not name stays."""
    try:
        wanted = tomllib.loads(file.read_text())
    except (OSError, tomllib.TOMLDecodeError) as error:
        raise InvalidValue(f"{file} cannot be read: {error}.") from None
    async with open_parts(settings) as parts:
        for slug, given in wanted.items():
            print(f"{slug}: {await _apply(parts.engine.audiences, slug, _checked(slug, given))}")
        while await parts.backfills.run_once():
            pass


async def _apply(audiences: Audiences, slug: str, given: dict[str, Any]) -> str:
    found = audiences.by_slug(slug)
    if found is None:
        await audiences.create(AudienceDraft(slug=slug, **{"name": slug, **given}), author="rollcall audiences apply")
        return "made"
    changed = frozenset(name for name, value in given.items() if getattr(found, name) != value)
    if not changed:
        return "as it was"
    await audiences.update(found.id, AudienceChanges(given=changed, **given, author="rollcall audiences apply"))
    return "changed"


def _checked(slug: str, given: Any) -> dict[str, Any]:
    if not isinstance(given, dict) or "definition" not in given:
        raise InvalidValue(f"[{slug}] needs a definition.")
    unknown = sorted(set(given) - set(NAMES))
    if unknown:
        raise InvalidValue(f"[{slug}] has an unknown key {unknown[0]}. Known are {', '.join(NAMES)}.")
    return {**given, "tags": tuple(given["tags"])} if "tags" in given else given


def _table(audience: Audience) -> str:
    values = {name: getattr(audience, name) for name in NAMES}
    lines = [f"{name} = {json.dumps(value, ensure_ascii=False)}" for name, value in values.items() if value is not None]
    return "\n".join([f"[{audience.slug}]", *lines, ""])
