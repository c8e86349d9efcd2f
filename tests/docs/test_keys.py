"""The examples of docs/keys.md run against a real server, in their order, and print what the page says."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from engine.domain.keys import KeyKind, Scope
from tests.collector.wire import profile, soon
from tests.keys import is_known
from tests.server import Server

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "keys.md").read_text()
EXAMPLES = re.findall(r"^```sh\n(.*?)^```\n```text\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
(PROGRAM,) = re.findall(r"^```python\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
COMMAND = f'rollcall() {{ "{sys.executable}" -m cli "$@"; }}\n'


class Shell:
    """Runs the page's examples one after the other, in the folder of a server's database."""

    def __init__(self, server: Server) -> None:
        self.folder = server.database.parent
        self.variables = os.environ | {"ROLLCALL": server.address, "PYTHONPATH": str(ROOT), "COLUMNS": "400"}
        self.variables["ROLLCALL_DATABASE"] = f"sqlite:///{server.database}"

    def printed(self, command: str) -> str:
        """Run an example that must succeed, and give what it prints, blanks being one."""
        ran = subprocess.run(
            ["bash", "-c", COMMAND + command], cwd=self.folder, env=self.variables, capture_output=True, text=True
        )
        assert ran.returncode == 0, ran.stderr
        return squeezed(ran.stdout + ran.stderr)


def squeezed(text: str) -> str:
    return "\n".join(" ".join(line.split()) for line in text.splitlines())


def test_there_are_examples() -> None:
    assert len(EXAMPLES) == PAGE.count("```sh")


def test_the_examples_do_what_the_page_says(server: Server) -> None:
    shell = Shell(server)
    for command, shown in EXAMPLES:
        if "$TOKEN" in command:
            shell.variables["TOKEN"] = token(server, shell)
        printed = shell.printed(command)
        assert re.fullmatch(pattern(shown), printed, re.DOTALL), f"{command}\n{printed}"
        if "identity" in command and "is_" in printed:
            secret, told = printed.splitlines()
            shell.variables |= {"IDENTITY_SECRET": secret, "IDENTITY_KEY": told.split()[7]}
    trusts = {one["namespace"]: one["trust"] for one in profile(server, anonymousId="7c2f9d")["identities"]}
    assert (trusts["email"], trusts["user_id"]) == ("VERIFIED", "VERIFIED")


def token(server: Server, shell: Shell) -> str:
    """Sign a token by the page's program, when the server knows the key."""
    last = shell.printed('rollcall keys create secret "made last"')
    assert soon(lambda: is_known(server, last))
    ran = subprocess.run([sys.executable, "-c", PROGRAM], env=shell.variables, capture_output=True, text=True)
    assert ran.returncode == 0, ran.stderr
    return ran.stdout.strip()


def pattern(shown: str) -> str:
    """Let an ellipsis stand for anything."""
    return ".*".join(re.escape(part) for part in squeezed(shown).split("…"))


@pytest.mark.parametrize("named", [*Scope, *KeyKind])
def test_every_scope_and_kind_is_on_the_page(named: str) -> None:
    assert re.search(rf"^\| `{named}` \|", PAGE, re.MULTILINE)
