"""`rollcall` in a process of its own that begins when everything is imported: three times as quick as a cold start.

Python's fork server imports the code once for each worker of the tests, and forks; from there on a command is as it
always is: arguments, environment, folder, streams, exit code, signals. That a cold start does the same is seen by
tests/cli/test_serve.py, tests/journeys, tests/docs, and every test that uses `Folder.started` or `cold=True`.
"""

from __future__ import annotations

import gc
import multiprocessing
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from typing import IO

COMMANDS = ("asking", "audiences", "backup", "evaluating", "importing", "keys", "privacy", "rebuilding", "serve")
WHEN_SERVING = (
    "strawberry.federation.schema_directives",
    "uvicorn.protocols.http.httptools_impl",
    "uvicorn.protocols.websockets.auto",
    "uvicorn.lifespan.on",
)
FORKS = multiprocessing.get_context("forkserver")
FORKS.set_forkserver_preload([__name__, "cli.__main__", *(f"cli.{name}" for name in COMMANDS), *WHEN_SERVING])


class Warm:
    """A running command; it is asked and ended as a `subprocess.Popen` is."""

    def __init__(
        self, words: Sequence[str], environment: Mapping[str, str], streams: Mapping[int, Path], folder: Path
    ) -> None:
        """`streams` are files by the numbers 0, 1 and 2; to the latter two is added."""
        given = (list(words), dict(environment), {number: str(path) for number, path in streams.items()}, str(folder))
        self._process: ForkServerProcess = FORKS.Process(target=_run, args=given, daemon=True)
        self._process.start()

    @property
    def pid(self) -> int:
        """Its number."""
        return self._process.pid or 0

    def poll(self) -> int | None:
        """Give the exit code, or None while it runs."""
        return self._process.exitcode

    def wait(self, timeout: float | None = None) -> int:
        """Wait for its end, and give the exit code. Raises TimeoutExpired."""
        self._process.join(timeout)
        code = self._process.exitcode
        if code is None:
            raise subprocess.TimeoutExpired("rollcall", timeout or 0)
        return code

    def terminate(self) -> None:
        """Ask it to end."""
        self._process.terminate()

    def kill(self) -> None:
        """End it at once."""
        self._process.kill()


def _run(words: list[str], environment: dict[str, str], streams: dict[int, str], folder: str) -> None:
    from cli.__main__ import main  # noqa: PLC0415  # the tests' own process never needs it

    gc.freeze()
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(folder)
    sys.argv = ["rollcall", *words]
    with ExitStack() as held:
        sys.stdin, sys.stdout, sys.stderr = (held.enter_context(_stream(number, streams)) for number in range(3))
        main()


def _stream(number: int, streams: Mapping[int, str]) -> IO[str]:
    """Put a file, or nothing, in the place of a standard stream."""
    way = os.O_RDONLY if number == 0 else os.O_WRONLY | os.O_APPEND | os.O_CREAT
    opened = os.open(streams.get(number, os.devnull), way, 0o600)
    os.dup2(opened, number)
    os.close(opened)
    return open(number, "w" if number else "r", encoding="utf-8", closefd=False)
