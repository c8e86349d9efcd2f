"""The server that a durability test looks at."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Running:
    """A server process and the file that it keeps everything in."""

    address: str
    pid: int
    database: Path
