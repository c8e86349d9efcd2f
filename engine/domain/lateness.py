"""How late alarms ring, counted as operators' machines read it: by bounds."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass, field

BOUNDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0, 60.0)
"""Seconds; the law allows one on an idle machine."""


@dataclass(slots=True)
class Lateness:
    """What is known of all alarms that have rung in this process, and of the next."""

    counts: list[int] = field(default_factory=lambda: [0] * (len(BOUNDS) + 1))
    """How many were late by at most each bound and by more than the one before; the last by more than all."""
    seconds: float = 0.0
    """How late all of them were together."""
    next_at: int | None = None
    """When the next must ring, as far as is known."""

    def note(self, due: Sequence[int], now: int) -> None:
        """Count alarms that rang now, in milliseconds."""
        for at in due:
            late = max(0, now - at) / 1000
            self.counts[bisect_left(BOUNDS, late)] += 1
            self.seconds += late

    def behind(self, now: int) -> float:
        """Give by how many seconds the next alarm is overdue."""
        return 0.0 if self.next_at is None else max(0, now - self.next_at) / 1000
