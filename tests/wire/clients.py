"""The real clients from the registries, and the programs of docs/clients.md that use them."""

from __future__ import annotations

import fcntl
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

HERE = Path(__file__).parent
PACKAGES = HERE / "node_modules"
PAGE = (HERE.parents[1] / "docs" / "clients.md").read_text()
ENDS_WITHIN = 60


@dataclass(frozen=True)
class Program:
    """A program of the page, as written there."""

    client: str
    language: str
    text: str

    def at(self, address: str, person: str) -> str:
        """Give the text for a server and a person of this test, in the place of the page's."""
        secure, host = "https://rollcall.example", address.removeprefix("http://")
        here = self.text.replace(secure, address).replace("rollcall.example", host).replace("'https'", "'http'")
        return here.replace("customer-7", f"customer-{person}").replace("ada@", f"{person}@")


def programs(section: str) -> list[Program]:
    """Give the programs in a section of the page."""
    found = re.search(rf"^## {re.escape(section)}\n(.*?)(?=^## |\Z)", PAGE, re.MULTILINE | re.DOTALL)
    assert found, f"docs/clients.md has no section {section}"
    return [
        Program(section, *one) for one in re.findall(r"^```(js|python)\n(.*?)^```", found[1], re.MULTILINE | re.DOTALL)
    ]


def run(program: Program, address: str, person: str) -> None:
    """Run a program as its reader would; fails the test with what it printed where it does not end well."""
    text = program.at(address, person)
    words = (
        [sys.executable, "-c", text] if program.language == "python" else [node(), "--input-type=module", "-e", text]
    )
    ended = subprocess.run(words, cwd=HERE, capture_output=True, text=True, timeout=ENDS_WITHIN)
    assert ended.returncode == 0, ended.stderr
    assert "rror" not in ended.stderr, ended.stderr


def command(program: Program, address: str, person: str) -> list[str]:
    """Give the words that run a program, in the folder of the clients."""
    text = program.at(address, person)
    return [sys.executable, "-c", text] if program.language == "python" else [node(), "--input-type=module", "-e", text]


def node() -> str:
    """Find Node.js, or fail the test with what to do."""
    found = shutil.which("node")
    if found is None:
        pytest.fail("Node.js is needed for this test: `make clients`, or `apt-get install nodejs npm`.", pytrace=False)
    return found


def install() -> None:
    """Install the packages of package-lock.json where they are missing, or fail with what to do."""
    lock = HERE / "package-lock.json"
    with lock.open() as held:
        fcntl.flock(held, fcntl.LOCK_EX)  # one worker at a time
        installed = PACKAGES / ".package-lock.json"
        if installed.exists() and installed.stat().st_mtime >= lock.stat().st_mtime:
            return
        npm = shutil.which("npm")
        if npm is None:
            pytest.fail("npm is needed for this test: `make clients`, or `apt-get install nodejs npm`.", pytrace=False)
        ended = subprocess.run([npm, "ci", "--ignore-scripts"], cwd=HERE, capture_output=True, text=True, timeout=180)
        if ended.returncode:
            pytest.fail(f"`npm ci` in tests/wire failed, see `make clients`:\n{ended.stderr}", pytrace=False)
