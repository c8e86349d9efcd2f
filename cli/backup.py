"""`rollcall backup`: a copy of the database at one instant, taken while it is in use."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from cli.configuration import existing
from engine.errors import InvalidValue
from engine.settings import Settings
from engine.storage.sqlite import connect


def backup(settings: Settings, file: Path) -> None:
    """Copy the database. Nothing is overwritten, and a copy has its name only when it is whole. Raises InvalidValue."""
    source = existing(settings)
    if file.exists():
        raise InvalidValue(f"{file} exists already. Choose another name, nothing is overwritten.")
    part = file.with_name(f"{file.name}.part")
    part.unlink(missing_ok=True)
    try:
        with closing(connect(source)) as live, closing(sqlite3.connect(part)) as copy:
            live.backup(copy)  # in one step, so under one read transaction: what is written meanwhile stays out
            copy.execute("PRAGMA journal_mode=DELETE")
        part.rename(file)
    finally:
        part.unlink(missing_ok=True)
    print(f"Copied to {file}, {file.stat().st_size / 1e6:.1f} MB.")
