"""How the tests follow: the two protocols over the real wire, from the side of a client."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from typing import Any

import httpx2
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Subprotocol

PROTOCOL = Subprotocol("graphql-transport-ws")
PATIENCE = 15.0
CHANGES = """subscription ($after: String, $audiences: [String!], $profile: ProfileByInput) {
  membershipChanged(after: $after, audiences: $audiences, profile: $profile) {
    cursor transition cause audience { slug }
  }
}"""


@dataclass
class Socket:
    """A WebSocket with an operation or more."""

    wire: ClientConnection
    _ids: Iterator[int] = field(default_factory=count)
    heard: list[Any] = field(default_factory=list)

    def say(self, **message: Any) -> None:
        """Send a message."""
        self.wire.send(json.dumps(message))

    def hear(self) -> Any:
        """Read the next message."""
        return self.heard.pop(0) if self.heard else json.loads(self.wire.recv(PATIENCE))

    def subscribe(self, query: str, id: str | None = None, **variables: Any) -> str:
        """Begin an operation, and wait until it has."""
        id = id or str(next(self._ids))
        self.say(type="subscribe", id=id, payload={"query": query, "variables": variables})
        self.say(type="ping")
        while (message := json.loads(self.wire.recv(PATIENCE)))["type"] != "pong":
            self.heard.append(message)
        return id

    def next(self) -> Any:
        """Read the data of the next result."""
        message = self.hear()
        assert message["type"] == "next", message
        assert "errors" not in message["payload"], message
        return next(iter(message["payload"]["data"].values()))

    def changes(self, number: int) -> list[str]:
        """Read so many changes, each as `ENTERED slug EVENT`."""
        return [told(self.next()) for _ in range(number)]

    def is_quiet(self) -> bool:
        """Tell whether nothing more has come: what was sent before a pong is here with it."""
        self.say(type="ping")
        return bool(self.hear() == {"type": "pong"})


@contextmanager
def socket_to(address: str, authorization: str | None = None, **options: Any) -> Iterator[Socket]:
    """Open a WebSocket, and say who asks."""
    url = address.replace("http", "ws") + "/graphql"
    with connect(url, subprotocols=[PROTOCOL], proxy=None, **options) as wire:
        socket = Socket(wire)
        socket.say(type="connection_init", payload={"authorization": authorization} if authorization else {})
        assert socket.hear() == {"type": "connection_ack"}
        yield socket


def told(change: Any) -> str:
    """Write a change in a line."""
    return f"{change['transition']} {change['audience']['slug']} {change['cause']}"


@dataclass
class Stream:
    """A stream of server-sent events."""

    response: httpx2.Response
    lines: Iterator[str]

    def event(self) -> tuple[str, Any] | None:
        """Read the next event; None at the end of the stream."""
        name = None
        for line in self.lines:
            if line.startswith("event:"):
                name = line[6:].strip()
            elif line.startswith("data:") and name is not None:
                return name, json.loads(line[5:].strip() or "null")
        return None

    def next(self) -> Any:
        """Read the data of the next result."""
        name, body = self.event() or ("end", None)
        assert name == "next", (name, body)
        assert body is not None
        assert "errors" not in body, body
        return next(iter(body["data"].values()))

    def changes(self, number: int) -> list[str]:
        """Read so many changes, each as `ENTERED slug EVENT`."""
        return [told(self.next()) for _ in range(number)]


@contextmanager
def stream_from(address: str, query: str, authorization: str | None = None, **variables: Any) -> Iterator[Stream]:
    """Open a stream; when the headers are here, it has begun."""
    headers = {"Accept": "text/event-stream"} | ({"Authorization": authorization} if authorization else {})
    body = {"query": query, "variables": variables}
    url = f"{address}/graphql"
    with httpx2.stream("POST", url, json=body, headers=headers, timeout=PATIENCE) as response:
        yield Stream(response, response.iter_lines())
