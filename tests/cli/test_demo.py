"""`rollcall demo`: sample people, addresses and a token; a second start goes on from the first."""

from __future__ import annotations

import signal
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import closing, contextmanager
from http.client import HTTPConnection
from urllib.parse import urlsplit
from urllib.request import urlopen

import pytest

from tests.cli.running import Folder


@contextmanager
def demo(folder: Folder, *words: str) -> Iterator[dict[str, str]]:
    """Run the demo; gives what it printed by name, and lets it end in order."""
    with folder.started("demo", "--port", "0", "--people", "15", *words) as process:
        yield _printed(process)
        process.send_signal(signal.SIGINT)
        assert process.wait(30) == 0


def _printed(process: subprocess.Popen[bytes]) -> dict[str, str]:
    assert process.stdout
    found: dict[str, str] = {}
    for line in process.stdout:
        text = line.decode().strip()
        if text == "Press Ctrl+C to stop.":
            return found
        name, _, value = text.rpartition(" ")
        found[name.strip()] = value
    raise AssertionError(f"the demo ended: {process.stderr and process.stderr.read().decode()}")


def counts(folder: Folder) -> tuple[int, ...]:
    tables = ("events", "subjects", "audiences", "keys")
    with closing(sqlite3.connect(folder.path / "demo.db")) as connection:
        return tuple(connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0] for table in tables)


def test_it_prints_where_to_look_and_a_second_start_adds_nothing(folder: Folder) -> None:
    with demo(folder) as first:
        assert "Saddle" in urlopen(first["The demo site"]).read().decode()
        assert first["its token"].startswith("ct_")
        assert {"The console", "GraphQL"} <= set(first)
    before = counts(folder)

    with demo(folder) as second:
        assert second["its token"] != first["its token"]

    assert counts(folder) == before
    assert before[3] == 1


@pytest.mark.parametrize(("words", "status"), [((), 200), (("--no-simulated-clock",), 404)])
def test_its_clock_can_be_moved_unless_it_is_told_not_to(folder: Folder, words: tuple[str, ...], status: int) -> None:
    with demo(folder, *words) as printed:
        connection = HTTPConnection(urlsplit(printed["The demo site"]).netloc)
        connection.request("POST", "/demo/advance/week", headers={"Sec-Fetch-Site": "same-origin"})
        answer = connection.getresponse().status
        connection.close()

    assert answer == status
