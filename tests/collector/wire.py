"""Speaking to the collector over the real wire: any bytes, any headers, and the whole answer."""

from __future__ import annotations

import itertools
import json
import sqlite3
import time
from base64 import urlsafe_b64encode
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection
from typing import Any
from urllib.parse import urlsplit

from prometheus_client.parser import text_string_to_metric_families

from engine.domain.visitors import anonymous_id
from tests.server import SECRET_KEY, WRITE_KEY, Server

PROFILE = """query ($by: ProfileByInput!) { profile(by: $by) {
  known email attributes audienceSlugs identities { namespace value trust }
  events(first: 20) { edges { node { type occurredAt } } }
} }"""
_numbers = itertools.count(1)


@dataclass(frozen=True, slots=True)
class Answer:
    """A status, the headers in lower case, and the body."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        """The body as JSON."""
        return json.loads(self.body)

    @property
    def error(self) -> str:
        """The code of a failure."""
        return str(self.json["error"]["code"])

    @property
    def rejected(self) -> list[tuple[int, str, str]]:
        """What was refused: index, code, path."""
        return _brief(self.json["rejected"])

    @property
    def warnings(self) -> list[tuple[int, str, str]]:
        """What was changed: index, code, path."""
        return _brief(self.json["warnings"])

    @property
    def audiences(self) -> set[str]:
        """The visitor's audiences."""
        return set(self.json["visitor"]["audiences"])


def _brief(complaints: Iterable[Mapping[str, Any]]) -> list[tuple[int, str, str]]:
    return [(one["index"], one["code"], one["path"]) for one in complaints]


def ask(server: Server, method: str, path: str, body: bytes | None = None, **headers: str) -> Answer:
    """Send one request; `Content_Type="…"` gives Content-Type."""
    connection = HTTPConnection(urlsplit(server.address).netloc, timeout=60)
    try:
        connection.request(method, path, body, {name.replace("_", "-"): value for name, value in headers.items()})
        answer = connection.getresponse()
        found = {name.lower(): value for name, value in answer.getheaders()}
        return Answer(answer.status, found, answer.read())
    finally:
        connection.close()


def post(server: Server, path: str, body: Any, **headers: str) -> Answer:
    """Post bytes as they are, anything else as JSON, with the write key where no Authorization is given."""
    given = {"Authorization": f"Bearer {WRITE_KEY}"} | headers
    return ask(server, "POST", path, body if isinstance(body, bytes) else json.dumps(body).encode(), **given)


def batch(server: Server, *events: Any, **around: Any) -> Answer:
    """Post a batch with the write key."""
    return post(server, "/v1/batch", {"batch": list(events), **around})


def event(type: str = "page", **more: Any) -> dict[str, Any]:
    """Make an event of a device never seen before, unless `more` says whose it is."""
    named = {"event": "Looked"} if type == "track" else {}
    return {"type": type, "messageId": new("message"), "anonymousId": new("device"), **named, **more}


def new(kind: str) -> str:
    """Make a word that no other call gives."""
    return f"{kind}-{next(_numbers)}"


@dataclass(frozen=True, slots=True)
class Browser:
    """A visitor with a secret of its own."""

    secret: str
    id: str

    def post(self, server: Server, *events: dict[str, Any], **around: Any) -> Answer:
        """Post events as this visitor, proving it."""
        return batch(server, *({**one, "anonymousId": self.id} for one in events), visitorSecret=self.secret, **around)


def browser() -> Browser:
    """Make a visitor never seen before."""
    secret = urlsafe_b64encode(new("secret").encode().ljust(32, b"-")).decode().rstrip("=")
    id = anonymous_id(secret)
    assert id is not None
    return Browser(secret, id)


def profile(server: Server, **by: Any) -> Any:
    """Give a profile as GraphQL shows it to a server, `events` as a plain list; None for nobody."""
    found = server.graphql(PROFILE, by=by)["profile"]
    return found and {**found, "events": [edge["node"] for edge in found["events"]["edges"]]}


def metrics(server: Server) -> dict[tuple[str, ...], float]:
    """Read all samples: (name, label values in order of the labels…) → value."""
    told = ask(server, "GET", "/metrics", Authorization=f"Bearer {SECRET_KEY}").body.decode()
    families = text_string_to_metric_families(told)
    return {(sample.name, *sample.labels.values()): sample.value for family in families for sample in family.samples}


@contextmanager
def locked(server: Server) -> Iterator[None]:
    """Hold the database's write lock, as another process may."""
    with closing(sqlite3.connect(server.database, isolation_level=None)) as connection:
        connection.execute("BEGIN IMMEDIATE")
        yield
        connection.execute("ROLLBACK")


def soon(holds: Callable[[], bool]) -> bool:
    """Ask again for some seconds."""
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        if holds():
            return True
        time.sleep(0.05)
    return False
