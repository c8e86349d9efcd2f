"""`rollcall serve` and `rollcall demo`: everything in one process."""

from __future__ import annotations

import asyncio
import contextlib
import sys
import webbrowser
from dataclasses import replace

from rich.console import Console

from cli import logs
from cli.application import DEMO_SITE, listen, serving
from cli.filling import fill
from engine.domain.keys import KeyDraft, KeyKind
from engine.ports import Engine
from engine.settings import Settings
from engine.system import new_token

_FIRST_KEYS = (
    (KeyKind.WRITE, "write_key", "for pages"),
    (KeyKind.SECRET, "secret_key", "for servers"),
    (KeyKind.CONSOLE, "console_token", "for the console"),
)


async def serve(settings: Settings) -> None:
    """Serve until a signal comes; a new house makes its keys and shows them this once."""
    logs.begin()
    out = Console(highlight=False, soft_wrap=True)
    async with serving(settings, listen(settings)) as (engine, address):
        await _show_new_keys(engine, settings, out)
        out.print(f"Rollcall listens on {address}", markup=False)


async def demo(settings: Settings, count: int, browse: bool) -> None:
    """Serve with sample people, show where to look, and open the page. The console's token is of this run only; an
    automated browser counts as somebody, so that one may show the demo too."""
    logs.begin()
    settings = replace(settings, console_token=settings.console_token or new_token("ct"), bots="keep")
    out = Console(highlight=False, soft_wrap=True)
    listener = listen(settings)
    await fill(settings, count)
    async with serving(settings, listener) as (_, address):
        out.print()
        for what, where in (
            ("The demo site", f"{address}/"),
            ("The console", f"{address}/console/"),
            ("  its token", settings.console_token),
            ("GraphQL", f"{address}/graphql"),
        ):
            out.print(f"[bold]{what:<18}[/] {where}")
        out.print("\nPress Ctrl+C to stop.")
        if browse and sys.stdout.isatty():
            with contextlib.suppress(webbrowser.Error):
                await asyncio.to_thread(webbrowser.open, f"{address}/")


async def _show_new_keys(engine: Engine, settings: Settings, out: Console) -> None:
    """Make the keys that a new house lacks, and show them this once."""
    have = {key.kind for key in engine.keys.all() if key.name not in (DEMO_SITE, "from settings")}
    for kind, setting, purpose in _FIRST_KEYS:
        if kind in have or getattr(settings, setting):
            continue
        new = await engine.keys.create(KeyDraft(kind, "first start"))
        out.print(f"New {kind} key {purpose}, shown this once: {new.token}", markup=False)
