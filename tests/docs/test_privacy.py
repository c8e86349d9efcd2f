"""docs/privacy.md says what there is: every table, every key of an export, and what the examples give."""

from __future__ import annotations

import json
import re
import sqlite3
import subprocess
from contextlib import closing
from pathlib import Path

import pytest

from tests.cli.running import Folder
from tests.server import Server, StartServer

PAGE = (Path(__file__).parents[2] / "docs" / "privacy.md").read_text()
ADA = {"type": "identify", "anonymousId": "phone", "traits": {"email": "ada@example.com", "plan": "pro"}}
CONSENT = re.findall(r"^```sh\n(curl .*?)^```\n```json\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
COMMANDS = re.findall(r"^```sh\n(rollcall .*?)\n```", PAGE, re.MULTILINE)


@pytest.fixture(scope="module")
def server(start_server: StartServer) -> Server:
    found = start_server()
    found.post("/v1/identify", ADA)
    return found


def named(column: int, heading: str) -> set[str]:
    """Give the words in code of one column of the table below a heading."""
    rows = PAGE.partition(f"## {heading}")[2].partition("\n## ")[0]
    cells = [row.split("|")[column] for row in rows.splitlines() if row.startswith("| `")]
    return {word for cell in cells for word in re.findall(r"`(\w+)`", cell)}


def test_every_table_of_the_database_is_told(server: Server) -> None:
    with closing(sqlite3.connect(server.database)) as connection:
        tables = {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}

    assert named(1, "What is held") == tables - {"sqlite_sequence"}


def test_the_commands_do_what_the_page_says(server: Server) -> None:
    folder = Folder(server.database.parent)
    export, erase = (one.split()[1:] for one in COMMANDS)

    told = json.loads(folder.done(*export[:2]))
    erased = folder.run(*erase, "--yes")

    assert told.keys() == named(1, "Everything held of somebody")
    assert (erased.code, "Erased, with 1 event" in erased.said) == (0, True)


def test_the_example_of_consent_is_answered_as_the_page_says(server: Server) -> None:
    ((command, shown),) = CONSENT
    environment = {"ROLLCALL": server.address, "PATH": "/usr/bin:/bin"}

    ran = subprocess.run(["bash", "-c", command], env=environment, capture_output=True)

    assert json.loads(ran.stdout) == json.loads(shown)
