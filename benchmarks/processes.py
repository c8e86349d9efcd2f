"""Servers under test: each a process of its own, held to one core, with the client on the other."""

from __future__ import annotations

import os
import signal
import socket
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

    def kill(self) -> None:
        """End it at once, as a power cut would as far as the process can tell."""
        self.process.kill()
        self.process.wait()


def pin_client() -> None:
    """Hold this process to the client's core."""
    os.sched_setaffinity(0, {CLIENT_CORE})


@contextmanager
def rollcall(database: Path, core: int | None = SERVER_CORE, log: Path | None = None) -> Iterator[Server]:
    """Run `rollcall serve` on `database`, on one core or (None) on any; what it says goes to `log`."""
    port = free_port()
    with running(command("serve", database, "--port", str(port)), port, core, log) as server:
        yield server


@contextmanager
def floor(database: Path | None) -> Iterator[Server]:
    """Run the durable floor on `database`, or the trivial app without one."""
    port = free_port()
    arguments = [str(database)] if database else []
    with running([sys.executable, "-m", "benchmarks.floor", str(port), *arguments], port, SERVER_CORE) as server:
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
def running(words: Sequence[str], port: int, core: int | None, log: Path | None = None) -> Iterator[Server]:
    """Run a server until the block ends."""
    cores = CORES if core is None else [core]
    with open(log or os.devnull, "ab") as output:
        process = subprocess.Popen(
            words,
            stdout=output,
            stderr=output,
            env=os.environ | ENVIRONMENT,
            preexec_fn=lambda: os.sched_setaffinity(0, cores),
        )
        server = Server(process, f"http://127.0.0.1:{port}")
        try:
            wait_until_listening(server, port)
            yield server
        finally:
            stop(process)


def stop(process: subprocess.Popen[bytes]) -> None:
    """Ask a process to end, then make it."""
    if process.poll() is None:
        process.send_signal(signal.SIGTERM)
    try:
        process.wait(10)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def wait_until_listening(server: Server, port: int) -> None:
    """Return once the port is open; raise when the process ends first or takes too long."""
    deadline = time.monotonic() + READY_WITHIN
    while time.monotonic() < deadline:
        if server.process.poll() is not None:
            raise RuntimeError(f"the server ended with {server.process.returncode} before it listened")
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise TimeoutError(f"nothing listens on port {port} after {READY_WITHIN:.0f} s")


def free_port() -> int:
    """Find a port that nothing listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
