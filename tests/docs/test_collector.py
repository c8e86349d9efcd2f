"""The examples of docs/collector.md run against a real server, and answer what the page says."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest

from collector.app import CALLS
from tests.server import Server, StartServer

PAGE = (Path(__file__).parents[2] / "docs" / "collector.md").read_text()
EXAMPLES = re.findall(r"^```sh\n(.*?)^```\n```json\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)


@pytest.fixture(scope="module")
def server(start_server: StartServer) -> Server:
    """Give a server that treats bots as one does by default."""
    return start_server(ROLLCALL_BOTS="leave_out")


def without_rest(answer: Any, shown: Any) -> Any:
    """Leave out of an answer what the page leaves out with an ellipsis."""
    visitor = shown["visitor"]
    if visitor is not None:
        assert visitor["audiences"][-1] == "…"
        kept = [one for one in answer["visitor"]["audiences"] if one in visitor["audiences"]]
        answer["visitor"]["audiences"] = [*kept, "…"]
    return answer


def test_there_are_examples() -> None:
    assert len(EXAMPLES) == PAGE.count("```sh")


@pytest.mark.parametrize(("command", "shown"), EXAMPLES)
def test_an_example_is_answered_as_the_page_says(command: str, shown: str, server: Server) -> None:
    ran = subprocess.run(
        ["bash", "-c", command], env={"ROLLCALL": server.address, "PATH": "/usr/bin:/bin"}, capture_output=True
    )

    expected = json.loads(shown)
    assert without_rest(json.loads(ran.stdout), expected) == expected


def test_every_call_is_on_the_page() -> None:
    assert all(f"`POST /v1/{call}`" in PAGE and f"`/v1/{call[0]}`" in PAGE for call in CALLS)
