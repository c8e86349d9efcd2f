"""Watching a running server's system calls, and making them fail, with strace."""

from __future__ import annotations

import shutil
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest


@contextmanager
def attached(pid: int, log: Path, *flags: str) -> Iterator[None]:
    """Trace every thread of a process into `log` until the block ends."""
    if shutil.which("strace") is None:
        pytest.fail("strace is missing, and only with it can durability be seen: install it (`make browser` does)")
    words = ["strace", "-f", "-y", "-o", str(log), "-p", str(pid), *flags]
    process = subprocess.Popen(words, stderr=subprocess.PIPE, text=True)
    assert process.stderr is not None
    with process.stderr:
        said = process.stderr.readline()
        if "attached" not in said:
            process.wait()
            pytest.fail(f"strace cannot attach to the server (it needs root or kernel.yama.ptrace_scope = 0): {said}")
        try:
            yield
        finally:
            process.send_signal(signal.SIGINT)
            process.wait(30)


@contextmanager
def failing(pid: int, database: Path, calls: str, error: str, when: str = "1+") -> Iterator[None]:
    """Let system calls on the database's files fail with `error`; `when` is strace's, e.g. `2+3` for every third."""
    paths = [flag for suffix in ("", "-wal") for flag in ("-P", f"{database}{suffix}")]
    inject = f"inject={calls}:error={error}:when={when}"
    with attached(pid, Path("/dev/null"), "-e", f"trace={calls}", *paths, "-e", inject):
        yield
