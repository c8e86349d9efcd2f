"""An engine on a database of its own, for tests that need no browser."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest_asyncio

from engine.assembly import open_parts
from engine.ports import Engine
from engine.settings import Settings


@pytest_asyncio.fixture
async def engine(tmp_path: Path) -> AsyncIterator[Engine]:
    """Open a real engine whose clock can be moved, and where nothing happens in the background."""
    settings = Settings(database=f"sqlite:///{tmp_path}/rollcall.db", secret_key="sk_test", simulated_clock=True)
    async with open_parts(settings) as parts:
        yield parts.engine
