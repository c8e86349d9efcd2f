"""The real world behind the ports: the clock and randomness."""

from __future__ import annotations

import secrets
import time
from dataclasses import dataclass


@dataclass(slots=True)
class SystemClock:
    """Wall-clock milliseconds plus an offset that a simulation may raise; never runs backwards."""

    offset: int = 0
    latest: int = 0

    def now(self) -> int:
        """Give milliseconds since 1970 UTC."""
        self.latest = max(self.latest, time.time_ns() // 1_000_000 + self.offset)
        return self.latest


def new_token(prefix: str) -> str:
    """Make a token nobody can guess, such as `wk_…`."""
    return f"{prefix}_{secrets.token_urlsafe(24)}"
