"""A real server that stories are played on, one after the other, and the wire to it."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from http.client import HTTPConnection, RemoteDisconnected
from typing import Any
from urllib.parse import urlsplit

from cli.rebuilding import compare
from engine.runtime.rebuild import Difference
from engine.settings import Settings
from tests.identity import tokens, views
from tests.server import SECRET_KEY, Server

HOUR = 3_600_000
MOST_PLAYED = 60
AUDIENCES = "{ audiences(first: 100) { nodes { slug personalizable state definition { text } } } }"
COUNT = "{ profiles { totalCount } }"


class Wire:
    """One connection to a server that is kept open: a story asks some hundred times."""

    def __init__(self, server: Server) -> None:
        self._connection = HTTPConnection(urlsplit(server.address).netloc, timeout=60)

    def ask(self, path: str, body: Any = None, authorization: str = f"Bearer {SECRET_KEY}") -> Any:
        """Post JSON, or get where there is none, and give the answer's JSON."""
        method, sent = ("GET", None) if body is None else ("POST", json.dumps(body))
        headers = {"Content-Type": "application/json", "Authorization": authorization}
        try:
            self._connection.request(method, path, sent, headers)
            answer = self._connection.getresponse()
        except (BrokenPipeError, RemoteDisconnected):  # it was idle for long, so that the server has hung up
            self._connection.close()
            self._connection.request(method, path, sent, headers)
            answer = self._connection.getresponse()
        return json.loads(answer.read())

    def graphql(self, query: str, authorization: str = f"Bearer {SECRET_KEY}", **variables: Any) -> Any:
        """Ask GraphQL; gives `data`."""
        answer = self.ask("/graphql", {"query": query, "variables": variables}, authorization)
        assert "errors" not in answer, answer
        return answer["data"]

    def close(self) -> None:
        """Hang up."""
        self._connection.close()


class Stage:
    """A server with its audiences, on which one story after another is played."""

    def __init__(self, start: Callable[[], Server], claims_link: bool = True) -> None:
        self._start = start
        self.claims_link = claims_link
        self.is_spoilt = True
        self._played = 0

    def __enter__(self) -> Stage:
        return self

    def __exit__(self, *what: object) -> None:
        if not self.is_spoilt:
            self._leave()

    def prepare(self) -> Stage:
        """Begin with a new server where there is none, where a story has gone wrong, or where many have been played:
        each story's people stay, and their alarms ring in all later ones."""
        if not self.is_spoilt and self._played == MOST_PLAYED:
            self.spoil()
        if self.is_spoilt:
            self._played = 0
            self.server = self._start()
            self.wire = Wire(self.server)
            self.rules = views.Rules(self.wire.graphql(AUDIENCES)["audiences"]["nodes"])
            self.signer = tokens.signer(self.server)
            self.offset = 0
            self.is_spoilt = False
        self._played += 1
        return self

    def spoil(self) -> None:
        """Let the next story begin with a new server."""
        self._leave()
        self.is_spoilt = True

    def restart(self) -> None:
        """Kill the server, and start it again on what it has left."""
        self._leave()
        self.server.restart()
        self.wire = Wire(self.server)

    def _leave(self) -> None:
        self.wire.close()
        self.server.kill()

    def now(self) -> int:
        """Give the server's now, which is this machine's clock and what it was moved on by."""
        return time.time_ns() // 1_000_000 + self.offset

    def advance(self, hours: int) -> None:
        """Move the server's clock on."""
        self.wire.ask("/v1/simulation/advance", {"seconds": hours * 3600})
        self.offset += hours * HOUR

    def differences(self) -> list[Difference]:
        """Compare live with recomputed beside the server, as `rollcall rebuild --check` does."""
        return compare(Settings(database=f"sqlite:///{self.server.database}"))

    def profiles(self) -> int:
        """Count all profiles."""
        return int(self.wire.graphql(COUNT)["profiles"]["totalCount"])
