"""Programs of others that judge the API: audits of GraphQL over HTTP, rules for schemas, a client."""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
from pathlib import Path

import pytest

HERE = Path(__file__).parent
ENDS_WITHIN = 60


def node(*words: str, given: str = "", **environment: str) -> str:
    """Run Node.js in this folder and give what it prints for what is given to it; installs the packages first."""
    _install()
    ran = subprocess.run(
        [_found("node"), *words],
        cwd=HERE,
        input=given,
        capture_output=True,
        text=True,
        timeout=ENDS_WITHIN,
        env=os.environ | environment,
    )
    assert not ran.stderr, ran.stderr
    return ran.stdout


def _found(program: str) -> str:
    found = shutil.which(program)
    if found is None:
        pytest.fail(f"{program} is needed for this test: `make audits`, or `apt-get install nodejs npm`.", False)
    return found


def _install() -> None:
    lock, installed = HERE / "package-lock.json", HERE / "node_modules" / ".package-lock.json"
    with lock.open() as held:
        fcntl.flock(held, fcntl.LOCK_EX)  # one worker at a time
        if installed.exists() and installed.stat().st_mtime >= lock.stat().st_mtime:
            return
        words = [_found("npm"), "ci", "--ignore-scripts"]
        ran = subprocess.run(words, cwd=HERE, capture_output=True, text=True, timeout=180)
        assert ran.returncode == 0, ran.stderr
