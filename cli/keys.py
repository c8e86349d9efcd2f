"""`rollcall keys`: make, list, rotate and revoke. What is secret is printed alone, on standard output, this once."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console
from rich.table import Table

from cli.configuration import existing
from engine.assembly import open_parts
from engine.domain.keys import EVERYTHING, Algorithm, Key, KeyDraft, KeyKind, NewKey, Scope
from engine.errors import InvalidValue, NotFound
from engine.ports import Keys
from engine.settings import Settings
from engine.values import format_time

UNNAMED = "from the command line"


async def create(
    settings: Settings,
    kind: str,
    name: str | None,
    scopes: Sequence[str],
    origins: Sequence[str],
    algorithm: str | None,
    public_key: Path | None,
) -> None:
    """Make a key and print it. Raises InvalidValue, Taken."""
    given = frozenset(Scope(one) for one in scopes) if scopes else None
    signed = None if algorithm is None else Algorithm(algorithm)
    async with open_parts(settings) as parts:
        keys = parts.engine.keys
        called = _free_name(keys, KeyKind(kind)) if name is None else name
        draft = KeyDraft(KeyKind(kind), called, given, tuple(origins), signed, _read(public_key))
        _tell(await keys.create(draft))


async def rotate(settings: Settings, name: str, kind: str | None, revoke_old: bool, public_key: Path | None) -> None:
    """Make a second key like the live one of a name and print it. Raises NotFound, InvalidValue, Taken."""
    existing(settings)
    async with open_parts(settings) as parts:
        keys = parts.engine.keys
        chosen = _kind_of(keys, name) if kind is None else KeyKind(kind)
        _tell(await keys.rotate(chosen, name, revoke_old, _read(public_key)))


async def revoke(settings: Settings, id: str) -> None:
    """Let a key open nothing from now on. Raises NotFound, InvalidValue."""
    existing(settings)
    async with open_parts(settings) as parts:
        key = await parts.engine.keys.revoke(id)
    print(f"The {key.kind} key “{key.name}” ({key.id}) opens nothing any more.")


async def show(settings: Settings) -> None:
    """Print every key, without its token."""
    existing(settings)
    async with open_parts(settings) as parts:
        keys = parts.engine.keys.all()
    table = Table("id", "kind", "name", "may", "made", "last used", "state", box=None, pad_edge=False)
    for key in keys:
        made = "" if key.from_settings else format_time(key.created_at)
        used = "never" if key.last_used_at is None else format_time(key.last_used_at)
        table.add_row(key.id, key.kind, key.name, _may(key), made, used, "live" if key.is_live else "revoked")
    Console(markup=False, highlight=False, soft_wrap=True).print(table, crop=False)


def _tell(new: NewKey) -> None:
    if new.token is not None:
        print(new.token)
    else:
        print(new.key.id)
    if new.key.kind is KeyKind.IDENTITY:
        print(f"Tokens name this key as their kid: {new.key.id} (alg {new.key.algorithm}).", file=sys.stderr)


def _may(key: Key) -> str:
    match key.kind:
        case KeyKind.SECRET:
            return "everything" if key.scopes == EVERYTHING else " ".join(sorted(key.scopes))
        case KeyKind.WRITE:
            return " ".join(key.origins) or "any page"
        case KeyKind.IDENTITY:
            return str(key.algorithm)
        case KeyKind.CONSOLE:
            return "the console"


def _free_name(keys: Keys, kind: KeyKind) -> str:
    taken = {key.name for key in keys.all() if key.kind is kind and key.is_live}
    names = (UNNAMED if number == 1 else f"{UNNAMED} {number}" for number in range(1, len(taken) + 2))
    return next(name for name in names if name not in taken)


def _kind_of(keys: Keys, name: str) -> KeyKind:
    kinds = sorted({key.kind for key in keys.all() if key.name == name and key.is_live and not key.from_settings})
    if not kinds:
        raise NotFound(f"There is no live key “{name}”. `rollcall keys list` shows all.")
    if len(kinds) > 1:
        raise InvalidValue(f"Keys of several kinds are called “{name}”: add --kind {' or --kind '.join(kinds)}.")
    return kinds[0]


def _read(public_key: Path | None) -> str | None:
    return None if public_key is None else public_key.read_text("utf-8", errors="replace")
