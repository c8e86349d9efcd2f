"""What the documents name is there: links, pictures, commands, make's targets, settings."""

from __future__ import annotations

import re
import subprocess
import sys
from dataclasses import fields
from pathlib import Path

import pytest

from cli.configuration import ATTRIBUTES
from engine.settings import Settings

ROOT = Path(__file__).parents[2]
PAGES = [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("static/**/README.md")]
RUNNING = (ROOT / "docs" / "running.md").read_text()


def name(page: Path) -> str:
    return str(page.relative_to(ROOT))


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_links_lead_somewhere(page: Path) -> None:
    text = re.sub(r"```.*?```", "", page.read_text(), flags=re.DOTALL)
    linked = [link.partition("#")[0] for link in re.findall(r"\]\(([^)\s]+)\)", text)]
    linked += re.findall(r'(?:src|srcset|href)="([^"]+)"', text)
    local = [link for link in linked if link and not re.match(r"[a-z]+:", link)]

    assert [link for link in local if not (page.parent / link).exists()] == []


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_targets_of_make_are_in_the_makefile(page: Path) -> None:
    makefile = (ROOT / "Makefile").read_text()
    named = re.findall(r"`make ([a-z]+)`|^make ([a-z]+)", page.read_text(), re.MULTILINE)

    assert [one for pair in named for one in pair if one and f"\n{one}:" not in makefile] == []


def test_each_command_of_the_list_has_help() -> None:
    for command in re.findall(r"^\| `rollcall ([a-z ]+)", RUNNING, re.MULTILINE):
        ran = subprocess.run([sys.executable, "-m", "cli", *command.split(), "--help"], capture_output=True, text=True)
        assert ran.returncode == 0, ran.stderr
        assert f"rollcall {command.strip()}" in ran.stdout


def test_every_command_is_on_the_list() -> None:
    shown = subprocess.run([sys.executable, "-m", "cli", "--help"], capture_output=True, text=True).stdout
    commands = set(re.findall(r"^│ ([a-z]+) ", shown, re.MULTILINE))

    assert commands
    assert [one for one in commands if f"`rollcall {one}" not in RUNNING] == []


def test_the_list_of_settings_is_that_of_the_code() -> None:
    rows = re.findall(r"^\| `(\w+)` \| `(\w+)` \| (.+?) \|", RUNNING, re.MULTILINE)
    told = {setting: (variable, default.strip("`")) for setting, variable, default in rows}

    single = [one for one in fields(Settings) if one.name != ATTRIBUTES]
    assert told == {one.name: (f"ROLLCALL_{one.name.upper()}", _written(one.default)) for one in single}
    assert "`[attributes.NAME]`" in RUNNING


def _written(default: object) -> str:
    return "none" if default is None else str(default).lower() if isinstance(default, bool) else str(default)
