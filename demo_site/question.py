"""Ask the GraphQL front of this same process, the way a magazine's own server would ask it over HTTP."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import msgspec
from starlette.types import ASGIApp, Message, Scope


@dataclass(frozen=True, slots=True)
class Answer:
    """What GraphQL said: the status of HTTP and the decoded body."""

    status: int
    body: Mapping[str, Any]

    @property
    def data(self) -> Mapping[str, Any]:
        """Give the data, empty where the question failed."""
        return self.body.get("data") or {}


async def ask(app: ASGIApp, query: str, authorization: str, variables: Mapping[str, Any] | None = None) -> Answer:
    """Post a query to `/graphql` of the application and wait for the whole answer."""
    request = msgspec.json.encode({"query": query, "variables": variables or {}})
    headers = {
        "host": "127.0.0.1",
        "content-type": "application/json",
        "accept": "application/json",
        "content-length": str(len(request)),
    }
    if authorization:
        headers["authorization"] = authorization
    status, body = await _post(app, _scope("/graphql", headers), request)
    return Answer(status, _decoded(body))


def _scope(path: str, headers: Mapping[str, str]) -> Scope:
    return {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": "1.1",
        "method": "POST",
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "root_path": "",
        "headers": [(name.encode(), value.encode("latin-1")) for name, value in headers.items()],
        "client": ("127.0.0.1", 0),
        "server": ("127.0.0.1", 80),
    }


async def _post(app: ASGIApp, scope: Scope, body: bytes) -> tuple[int, bytes]:
    sent: list[Message] = []
    waiting: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def receive() -> Message:
        return waiting.pop() if waiting else {"type": "http.disconnect"}

    async def send(message: Message) -> None:
        sent.append(message)

    await app(scope, receive, send)
    status = next(message["status"] for message in sent if message["type"] == "http.response.start")
    return status, b"".join(message.get("body", b"") for message in sent)


def _decoded(body: bytes) -> dict[str, Any]:
    try:
        return msgspec.json.decode(body, type=dict[str, Any])
    except msgspec.DecodeError:
        return {}
