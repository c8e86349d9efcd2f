"""Nothing acknowledged is lost when the process dies at any moment (`python -m benchmarks durability`: 30 times)."""

from __future__ import annotations

import random
from pathlib import Path

from benchmarks.durability import Ledger, check, kill_under_load, missing_after_restart
from benchmarks.traffic import Traffic

ROUNDS = 3


def test_every_acknowledged_event_survives_kill_9_at_random_moments(tmp_path: Path) -> None:
    database, traffic, ledger = tmp_path / "rollcall.db", Traffic(returning_count=200), Ledger()

    for _ in range(ROUNDS):
        kill_under_load(database, traffic, ledger, random.uniform(0.2, 1.0))

    assert len(ledger.acknowledged) > 100
    assert missing_after_restart(database, ledger) == set()
    check(database)
