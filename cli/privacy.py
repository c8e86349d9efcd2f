"""`rollcall export` and `rollcall erase`: what people may ask about themselves."""

from __future__ import annotations

import sys

from rich.console import Console

from cli.asking import find
from cli.configuration import existing
from engine.assembly import open_parts
from engine.errors import InvalidValue
from engine.ports import Erased, Holding, ProfileBy
from engine.settings import Settings

MOST_NAMED = 20


async def export(settings: Settings, who: str) -> None:
    """Write everything held of someone to standard output. Raises NotFound."""
    existing(settings)
    async with open_parts(settings) as parts:
        profile = await find(parts.engine.profiles, who)
        async for piece in parts.engine.privacy.exported(ProfileBy(id=profile.id)):
            sys.stdout.buffer.write(piece)
    sys.stdout.buffer.flush()


async def erase(settings: Settings, who: str, yes: bool) -> None:
    """Erase someone, once it is confirmed. Raises NotFound, and InvalidValue where it is not."""
    existing(settings)
    out = Console(stderr=True, soft_wrap=True, highlight=False, markup=False)
    async with open_parts(settings) as parts:
        by = ProfileBy(id=(await find(parts.engine.profiles, who)).id)
        _foretell(out, await parts.engine.privacy.holding(by))
        if not yes:
            _confirm(out, who)
        _tell(out, await parts.engine.privacy.erase(by))


def _foretell(out: Console, holding: Holding) -> None:
    out.print(f"Profile {holding.profile_id} with {_counted(holding.events, 'event')}, known by")
    for namespace, value in holding.identities[:MOST_NAMED]:
        out.print(f"  {namespace} {value}")
    if len(holding.identities) > MOST_NAMED:
        out.print(f"  and {len(holding.identities) - MOST_NAMED} more")


def _confirm(out: Console, who: str) -> None:
    """Let people type what they want to erase; a script says --yes."""
    if not sys.stdin.isatty():
        raise InvalidValue("Nothing was erased: without a terminal to confirm it in, add --yes.")
    out.print(f"This cannot be taken back. Type {who} to erase all of it: ", end="")
    if sys.stdin.readline().strip() != who:
        raise InvalidValue("Nothing was erased: what you typed is something else.")


def _tell(out: Console, erased: Erased) -> None:
    mine, others = _counted(erased.events, "event"), _counted(erased.changed, "event")
    out.print(f"Erased, with {mine}; what named them was replaced in {others} of others.")
    for slug in erased.named_in:
        out.print(f"The audience {slug} still names them, in its rules, name or description, or in those of a version.")


def _counted(count: int, what: str) -> str:
    return f"{count:,} {what}{'' if count == 1 else 's'}"
