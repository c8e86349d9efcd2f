"""A real server on a real SQLite file, settled: its first audiences are built and nothing writes by itself."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from benchmarks import processes
from benchmarks.api import Api
from tests.durability.running import Running


@pytest.fixture
def running(tmp_path: Path) -> Iterator[Running]:
    """Start a server of its own for the test."""
    database = tmp_path.resolve() / "rollcall.db"
    with processes.rollcall(database, core=None) as server:
        Api(server.address).wait_until_built()
        yield Running(server.address, server.process.pid, database)
