"""A real server on a real SQLite file, settled: its first audiences are built and nothing writes by itself."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from benchmarks import processes
from benchmarks.api import Api
from tests.durability.running import Running


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """Start a server for the tests of a module: after one fault it must be fit for the next."""
    database = tmp_path_factory.mktemp("durability").resolve() / "rollcall.db"
    with processes.rollcall(database, core=None) as server:
        Api(server.address).wait_until_built()
        yield Running(server.address, server.process.pid, database)
