"""A real server for tests: `rollcall serve` (or `demo`) in a process of its own, on a database file of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeAlias
from urllib.error import HTTPError

import pytest

from tests.warm import Warm

WRITE_KEY, SECRET_KEY, CONSOLE_TOKEN = "wk_test", "sk_test", "ct_test"
STARTS_WITHIN = 40.0
ANNOUNCED = ("Rollcall listens on", "The demo site")
ENVIRONMENT = {
    "ROLLCALL_WRITE_KEY": WRITE_KEY,
    "ROLLCALL_SECRET_KEY": SECRET_KEY,
    "ROLLCALL_CONSOLE_TOKEN": CONSOLE_TOKEN,
    "ROLLCALL_RATE_LIMIT": "off",
    "ROLLCALL_BOTS": "keep",  # the browsers of these tests are automated, and say so
}


class Server:
    """A running `rollcall serve`, or `rollcall demo`."""

    def __init__(
        self,
        database: Path,
        words: tuple[str, ...],
        environment: dict[str, str],
        command: str = "serve",
        cold: bool = False,
    ) -> None:
        self.database = database
        self._cold = cold
        self._command = command
        self._words = words
        self._environment = os.environ | ENVIRONMENT | environment
        self._log = database.with_suffix(".log")
        self._start("0")

    @property
    def log(self) -> str:
        """All that it has printed."""
        return self._log.read_text()

    def kill(self) -> None:
        """End it at once."""
        self.process.kill()
        self.process.wait()

    def stop(self) -> int:
        """Ask it to end, and wait; gives the exit code."""
        self.process.terminate()
        try:
            return self.process.wait(15)
        except subprocess.TimeoutExpired:
            self.kill()
            raise

    def restart(self) -> None:
        """Start it again on the same database and port, after `kill` or `stop`."""
        if self.process.poll() is None:
            self.stop()
        self._start(self.address.rpartition(":")[2])

    def post(self, path: str, body: Any, **headers: str) -> Any:
        """Post JSON, with the write key where no Authorization is given, and give the answer's JSON."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        given = {"Content-Type": "application/json", "Authorization": f"Bearer {WRITE_KEY}"} | named
        return self._ask(urllib.request.Request(self.address + path, json.dumps(body).encode(), given))

    def get(self, path: str, **headers: str) -> Any:
        """Get JSON."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return self._ask(urllib.request.Request(self.address + path, headers=named))

    def graphql(self, query: str, **variables: Any) -> Any:
        """Ask GraphQL with the secret key; gives `data`, and fails the test on errors."""
        body = {"query": query, "variables": variables}
        answer = self.post("/graphql", body, Authorization=f"Bearer {SECRET_KEY}")
        assert "errors" not in answer, answer
        return answer["data"]

    def advance(self, seconds: int) -> Any:
        """Move the simulated clock on."""
        return self.post("/v1/simulation/advance", {"seconds": seconds}, Authorization=f"Bearer {SECRET_KEY}")

    def _start(self, port: str) -> None:
        words = [self._command, "--port", port, "--database", f"sqlite:///{self.database}", *self._words]
        self._log.touch()
        before = self._log.stat().st_size
        self.process = self._process(words)
        self.address = self._announced(before)

    def _process(self, words: list[str]) -> subprocess.Popen[bytes] | Warm:
        if not self._cold:
            return Warm(words, self._environment, {1: self._log, 2: self._log}, Path.cwd())
        with self._log.open("a") as log:
            cold = [sys.executable, "-m", "cli", *words]
            return subprocess.Popen(cold, env=self._environment, stdout=log, stderr=subprocess.STDOUT)

    def _announced(self, before: int) -> str:
        deadline = time.monotonic() + STARTS_WITHIN
        while time.monotonic() < deadline:
            said = self._log.read_text()[before:]
            found = [line.split()[-1].rstrip("/") for line in said.splitlines() if line.startswith(ANNOUNCED)]
            if found:
                return found[0]
            assert self.process.poll() is None, f"the server ended:\n{said}"
            time.sleep(0.01)
        raise AssertionError(f"the server does not start:\n{self.log}")

    def _ask(self, request: urllib.request.Request) -> Any:
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                return json.loads(answer.read())
        except HTTPError as error:
            with error:
                return json.loads(error.read())


StartServer: TypeAlias = Callable[..., Server]


@pytest.fixture(scope="module")
def start_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StartServer]:
    """Start servers: `start_server("--simulated-clock", ROLLCALL_…="…")`; each has a new database.

    `command="demo"` starts one with sample people. They begin warm (tests/warm.py),
    but with `cold=True` as an operator's does."""
    started: list[Server] = []

    def start(*words: str, command: str = "serve", cold: bool = False, **environment: str) -> Server:
        server = Server(tmp_path_factory.mktemp("rollcall") / "rollcall.db", words, environment, command, cold)
        started.append(server)
        return server

    yield start
    for server in started:
        if server.process.poll() is None:
            server.kill()


@pytest.fixture(scope="module")
def server(start_server: StartServer) -> Server:
    """Give a server with a simulated clock, shared by the tests of a module."""
    return start_server("--simulated-clock")
