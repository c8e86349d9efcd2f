"""docs/identity.md tells the truth: its examples run in order, its limits are the code's, its picture is drawn anew."""

from __future__ import annotations

import json
import re
import subprocess
import tomllib
from dataclasses import fields
from pathlib import Path

from docs.pictures.identity import drawing
from engine.domain.identity import MOST
from engine.settings import Settings
from tests.server import Server

DOCS = Path(__file__).parents[2] / "docs"
PAGE = (DOCS / "identity.md").read_text()
EXAMPLES = re.findall(r"^```sh\n(.*?)^```\n```json\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)


def test_the_examples_are_answered_as_the_page_says(server: Server) -> None:
    assert len(EXAMPLES) == PAGE.count("```sh") > 3
    environment = {"ROLLCALL": server.address, "PATH": "/usr/bin:/bin"}

    for command, shown in EXAMPLES:
        ran = subprocess.run(["bash", "-ec", command], env=environment, capture_output=True, text=True, check=True)
        assert json.loads(ran.stdout) == json.loads(shown), command


def test_the_limits_of_the_page_are_those_of_the_code() -> None:
    assert f"{MOST['anonymous_id']} devices, {MOST['email']} addresses and {MOST['user_id']} user id." in PAGE
    assert f"the {MOST['anonymous_id'] + 1}st device, the {MOST['email'] + 1}th address" in PAGE.lower()


def test_the_settings_of_the_page_are_there() -> None:
    named = tomllib.loads("".join(re.findall(r"```toml\n(.*?)```", PAGE, re.DOTALL)))

    assert named.keys() <= {one.name for one in fields(Settings)}


def test_the_picture_is_what_is_drawn_now() -> None:
    assert (DOCS / "pictures" / "identity.svg").read_text(encoding="utf-8") == drawing()
