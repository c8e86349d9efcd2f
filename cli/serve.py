"""`rollcall serve` and `rollcall demo`: everything in one process."""

from __future__ import annotations

import contextlib
import webbrowser

from rich.console import Console
from rich.progress import track

from cli.application import serving
from demo_site.audiences import demo_audiences
from demo_site.people import people
from engine.errors import Taken
from engine.ports import Engine, KeyKind, Submission
from engine.settings import Settings

AT_ONCE = 500
_FIRST_KEYS = (
    (KeyKind.WRITE, "write_key", "for pages"),
    (KeyKind.SECRET, "secret_key", "for servers"),
    (KeyKind.CONSOLE, "console_token", "for the console"),
)


async def serve(settings: Settings) -> None:
    """Serve until a signal comes; a new house makes its keys and shows them this once."""
    out = Console()
    async with serving(settings) as (engine, _, port):
        address = f"http://{settings.host}:{port}"
        out.print(f"Rollcall listens on {address}", highlight=False, soft_wrap=True)
        await _show_new_keys(engine, out)


async def demo(settings: Settings, count: int, browse: bool) -> None:
    """Serve with sample people, show where to look, and open the page."""
    out = Console()
    async with serving(settings) as (engine, _, port):
        await fill(engine, count)
        token = settings.console_token or await engine.keys.create(KeyKind.CONSOLE, "demo")
        address = f"http://{settings.host}:{port}"
        out.print()
        out.print(f"[bold]The demo site[/]      {address}/", highlight=False)
        out.print(f"[bold]The console[/]        {address}/console/", highlight=False)
        out.print(f"[bold]  its token[/]        {token}", highlight=False, soft_wrap=True)
        out.print(f"[bold]GraphQL[/]            {address}/graphql", highlight=False)
        out.print("\nPress Ctrl+C to stop.", highlight=False)
        if browse:
            with contextlib.suppress(webbrowser.Error):
                webbrowser.open(f"{address}/")


async def fill(engine: Engine, count: int) -> None:
    """Bring in the sample people and the demo's audiences; a second time changes nothing."""
    for draft in demo_audiences():
        with contextlib.suppress(Taken):
            await engine.audiences.create(draft, author="Demo")
    events = sorted(people(engine.clock.now(), count), key=lambda event: event.occurred_at)
    for start in track(range(0, len(events), AT_ONCE), description="Sample people arrive"):
        await engine.ingest.ingest([Submission(events[start : start + AT_ONCE])])


async def _show_new_keys(engine: Engine, out: Console) -> None:
    """Make the keys that a new house lacks, and show them this once."""
    have = {key.kind for key in engine.keys.all() if key.name != "demo site"}
    for kind, setting, purpose in _FIRST_KEYS:
        if kind in have or getattr(engine.settings, setting):
            continue
        token = await engine.keys.create(kind, "first start")
        out.print(f"New {kind} key {purpose}, shown this once: {token}", highlight=False, soft_wrap=True)
