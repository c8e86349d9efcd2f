"""Servers under test: each a process of its own, held to one core, with the client on the other."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks.traffic import WRITE_KEY

SECRET_KEY = "sk_benchmark"
READY_WITHIN = 60.0
TICKS_A_SECOND = os.sysconf("SC_CLK_TCK")
CORES = sorted(os.sched_getaffinity(0))
SERVER_CORE, CLIENT_CORE = CORES[0], CORES[-1]
ENVIRONMENT = {
    "ROLLCALL_WRITE_KEY": WRITE_KEY,
    "ROLLCALL_SECRET_KEY": SECRET_KEY,
    "ROLLCALL_CONSOLE_TOKEN": "ct_benchmark",
    "ROLLCALL_RATE_LIMIT": "off",
}


@dataclass(frozen=True, slots=True)
class Server:
    """A running server; `address` is `http://127.0.0.1:port`."""

    process: subprocess.Popen[bytes]
    address: str

    @property
    def memory(self) -> int:
        """Resident memory in bytes."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        return int(status.split("VmRSS:")[1].split()[0]) * 1024

    def cpu_seconds(self) -> float:
        """Time that a core has spent on it, in user and kernel mode: what a busy neighbour does not change much."""
        after_name = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(after_name[11]) + int(after_name[12])) / TICKS_A_SECOND

    def kill(self) -> None:
        """End it at once, as a power cut would as far as the process can tell."""
        self.process.kill()
        self.process.wait()


def pin_client() -> None:
    """Hold this process to the client's core."""
    os.sched_setaffinity(0, {CLIENT_CORE})


@contextmanager
def rollcall(database: Path, core: int | None = SERVER_CORE) -> Iterator[Server]:
    """Run `rollcall serve` on `database`, on one core or (None) on any; what it says goes to a `.log` beside it."""
    with running(command("serve", database, "--port", "0"), database.with_suffix(".log"), core) as server:
        yield server


@contextmanager
def floor(folder: Path, database: Path | None) -> Iterator[Server]:
    """Run the durable floor on `database`, or the trivial app without one."""
    words = [sys.executable, "-m", "benchmarks.floor", *([str(database)] if database else [])]
    with running(words, folder / "floor.log", SERVER_CORE) as server:
        yield server


def command(name: str, database: Path, *arguments: str) -> list[str]:
    """Give the words of a `rollcall` command on a database."""
    return [sys.executable, "-m", "cli", name, *arguments, "--database", f"sqlite:///{database}"]


def run(name: str, database: Path, *arguments: str) -> str:
    """Run a `rollcall` command to its end and give what it printed; raises when it fails."""
    words = command(name, database, *arguments)
    done = subprocess.run(words, env=os.environ | ENVIRONMENT, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"rollcall {name} ended with {done.returncode}: {done.stdout}{done.stderr}")
    return done.stdout


@contextmanager
def running(words: Sequence[str], log: Path, core: int | None) -> Iterator[Server]:
    """Run a server until the block ends."""
    cores = CORES if core is None else [core]
    with log.open("ab") as output:
        before = log.stat().st_size
        process = subprocess.Popen(
            words,
            stdout=output,
            stderr=output,
            env=os.environ | ENVIRONMENT,
            preexec_fn=lambda: os.sched_setaffinity(0, cores),
        )
    try:
        yield Server(process, announced(process, log, before))
    finally:
        stop(process)


def announced(process: subprocess.Popen[bytes], log: Path, before: int) -> str:
    """Wait for the address that a server says it listens on; raise when it ends first or takes too long."""
    deadline = time.monotonic() + READY_WITHIN
    while time.monotonic() < deadline:
        said = log.read_bytes()[before:].decode(errors="replace")
        found = [line.split()[-1] for line in said.splitlines(keepends=True) if " listens on " in line and "\n" in line]
        if found:
            return found[0]
        if process.poll() is not None:
            raise RuntimeError(f"the server ended with {process.returncode}: {said}")
        time.sleep(0.02)
    raise TimeoutError(f"the server does not say where it listens after {READY_WITHIN:.0f} s")


def stop(process: subprocess.Popen[bytes]) -> None:
    """Ask a process to end, then make it."""
    if process.poll() is None:
        process.send_signal(signal.SIGTERM)
    try:
        process.wait(10)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
