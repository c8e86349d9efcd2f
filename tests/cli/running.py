"""Running `rollcall` as people do: a process of its own, in a folder of its own.

`run` and `done` begin warm (tests/warm.py), `started` begins cold."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from tests.warm import Warm

ROOT = Path(__file__).parents[2]
COMMAND = [sys.executable, "-m", "cli"]


@dataclass(frozen=True, slots=True)
class Ran:
    """How a command ended."""

    code: int
    out: str
    err: str

    @property
    def said(self) -> str:
        """Everything it printed, on one line of single blanks."""
        return " ".join((self.out + self.err).split())


@dataclass(frozen=True, slots=True)
class Folder:
    """A folder with a `rollcall.db`, and the environment that commands there see."""

    path: Path
    environment: Mapping[str, str] = field(default_factory=dict)

    @property
    def database(self) -> Path:
        """The database that commands use here by default."""
        return self.path / "rollcall.db"

    def run(self, *words: str, given: str | bytes = b"", **environment: str) -> Ran:
        """Run a command to its end, `given` on its standard input."""
        with TemporaryDirectory() as beside:
            streams = {number: Path(beside) / str(number) for number in range(3)}
            streams[0].write_bytes(given.encode() if isinstance(given, str) else given)
            process = Warm(words, self.variables(environment), streams, self.path)
            try:
                code = process.wait(120)
            finally:
                process.kill()
            return Ran(code, streams[1].read_text("utf-8"), streams[2].read_text("utf-8"))

    def done(self, *words: str, **more: Any) -> str:
        """Run a command that must succeed, and give what it printed."""
        ran = self.run(*words, **more)
        assert ran.code == 0, ran
        return ran.out

    @contextmanager
    def started(self, *words: str) -> Iterator[subprocess.Popen[bytes]]:
        """Start a command, with a pipe to and from it; it has ended, or is killed, when the block ends."""
        pipe = subprocess.PIPE
        with subprocess.Popen(
            [*COMMAND, *words], cwd=self.path, env=self.variables(), stdin=pipe, stdout=pipe, stderr=pipe
        ) as process:
            try:
                yield process
            finally:
                process.kill()

    def variables(self, more: Mapping[str, str] = {}) -> dict[str, str]:
        """Give the environment of a command: none of the caller's settings, and the code of this tree."""
        mine = {name: value for name, value in os.environ.items() if not name.startswith("ROLLCALL_")}
        return {**mine, "PYTHONPATH": str(ROOT), "COLUMNS": "100", **self.environment, **more}

    def write(self, name: str, lines: Sequence[Any]) -> Path:
        """Write a file of JSON lines; bytes go in as they are."""
        path = self.path / name
        path.write_bytes(b"".join(_line(one) + b"\n" for one in lines))
        return path


def _line(one: Any) -> bytes:
    return one if isinstance(one, bytes) else json.dumps(one).encode()
