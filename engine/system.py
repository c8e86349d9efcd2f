"""The real world behind the ports: the clock and randomness."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass


def wall_clock() -> int:
    """Read the machine's clock, in milliseconds since 1970 UTC."""
    return time.time_ns() // 1_000_000


@dataclass(slots=True)
class SystemClock:
    """A clock's milliseconds plus an offset that a simulation may raise; never runs backwards."""

    offset: int = 0
    latest: int = 0
    read: Callable[[], int] = wall_clock

    def now(self) -> int:
        """Give milliseconds since 1970 UTC."""
        self.latest = max(self.latest, self.read() + self.offset)
        return self.latest


def new_token(prefix: str) -> str:
    """Make a token nobody can guess, such as `wk_…`."""
    return f"{prefix}_{secrets.token_urlsafe(24)}"


def new_id() -> str:
    """Make an id that no two things share."""
    return secrets.token_hex(6)
