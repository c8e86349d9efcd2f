"""Bodies as the tag sends them: page events of returning and new visitors, each with a message id of its own."""

from __future__ import annotations

import base64
import hashlib
import json
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import chain
from typing import Any

WRITE_KEY = "wk_benchmark"
RETURNING_SHARE = 0.9
KNOWN_SHARE = 0.2
TOPICS = ("cycling", "coffee", "gardening", "travel", "cooking", "design", "music", "running")
SOURCES = ("", "", "", "newsletter", "google", "instagram")
REFERRERS = ("", "https://www.google.com/", "https://news.example/today", "https://social.example/")
AGENTS = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Safari/537.36",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) "
    "Version/18.1 Mobile/15E148 Safari/604.1",
    "Mozilla/5.0 (X11; Linux x86_64; rv:144.0) Gecko/20100101 Firefox/144.0",
)


@dataclass(frozen=True, slots=True)
class Device:
    """A browser: the secret it keeps and the id that follows from it."""

    secret: str
    anonymous_id: str
    number: int


def device(chance: random.Random, number: int) -> Device:
    """Make a device as the tag does (DESIGN §6)."""
    secret = base64.urlsafe_b64encode(chance.randbytes(32)).decode().rstrip("=")
    digest = hashlib.sha256(f"rollcall-visitor-1:{secret}".encode()).digest()
    return Device(secret, base64.urlsafe_b64encode(digest).decode()[:22], number)


@dataclass(slots=True)
class Traffic:
    """An endless, repeatable stream of page views by `returning` devices and, now and then, a new one."""

    seed: int = 1
    returning_count: int = 5_000
    returning: Sequence[Device] = field(init=False)
    _chance: random.Random = field(init=False)
    _made: int = 0

    def __post_init__(self) -> None:
        self._chance = random.Random(self.seed)
        self.returning = [device(self._chance, number) for number in range(self.returning_count)]

    def message_id(self) -> str:
        """Give an id that no other event of this stream has: it begins with the stream's `mark`."""
        self._made += 1
        return f"{self.mark}{self._made:08x}"

    @property
    def mark(self) -> str:
        """Text that stands in every event of this stream, and in nothing else."""
        return f"traffic-{self.seed:06x}-"

    def visitor(self) -> Device:
        """Choose who comes next."""
        if self._chance.random() < RETURNING_SHARE:
            return self._chance.choice(self.returning)
        return device(self._chance, -1)

    def page_view(self, visitor: Device) -> dict[str, Any]:
        """Give one page event."""
        topic, source = self._chance.choice(TOPICS), self._chance.choice(SOURCES)
        campaign = {"source": source, "medium": "email", "name": "spring"} if source else {}
        search = f"?utm_source={source}&utm_medium=email&utm_campaign=spring" if source else ""
        path = f"/{topic}/{self._chance.randrange(50)}"
        page = {
            "url": f"https://magazine.example{path}{search}",
            "path": path,
            "title": f"All about {topic} – The Magazine",
            "referrer": self._chance.choice(REFERRERS),
            "search": search,
        }
        topics = {topic: 1, "magazine": 0.5}
        context = {"page": page, "campaign": campaign, "locale": "en-GB", "topics": topics}
        return self._event(visitor, "page") | {"properties": {}, "context": context}

    def identify(self, visitor: Device) -> dict[str, Any]:
        """Give the event by which a visitor leaves an e-mail address."""
        traits = {"email": f"person{visitor.number}@example.com", "plan": f"plan{visitor.number % 5}"}
        return self._event(visitor, "identify") | {"traits": traits}

    def _event(self, visitor: Device, kind: str) -> dict[str, Any]:
        return {
            "type": kind,
            "messageId": self.message_id(),
            "timestamp": now(),
            "anonymousId": visitor.anonymous_id,
        }

    def body(self, count: int = 1) -> bytes:
        """Give what one visitor's tag posts: `count` page views with the visitor's secret."""
        visitor = self.visitor()
        return encode([self.page_view(visitor) for _ in range(count)], visitorSecret=visitor.secret)

    def requests(self, ahead: int, count: int = 1) -> Iterator[bytes]:
        """Give requests without end; the first `ahead` are made now, because making one costs more than sending it."""
        prepared = [self.request(count) for _ in range(ahead)]
        return chain(prepared, iter(lambda: self.request(count), b""))

    def request(self, count: int = 1) -> bytes:
        """Give one request."""
        return request(self.body(count), self._chance.choice(AGENTS))

    def first_visits(self, size: int = 100) -> list[bytes]:
        """Give batches that make all returning devices known to the server, a share of them by e-mail."""
        events = [self.page_view(visitor) for visitor in self.returning]
        events += [self.identify(visitor) for visitor in self.returning[: int(self.returning_count * KNOWN_SHARE)]]
        return [encode(events[start : start + size]) for start in range(0, len(events), size)]


def encode(events: Sequence[dict[str, Any]], **top: str) -> bytes:
    """Wrap events as the body of `/v1/batch`."""
    return json.dumps(
        {"writeKey": WRITE_KEY, "sentAt": now(), **top, "batch": events}, separators=(",", ":"), ensure_ascii=False
    ).encode()


def now() -> str:
    """Give the client's time as a browser writes it."""
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def request(
    body: bytes,
    agent: str = AGENTS[0],
    path: str = "/v1/batch",
    content_type: str = "text/plain;charset=UTF-8",
    extra: str = "",
) -> bytes:
    """Give the bytes of one HTTP request as a browser's `fetch` with keep-alive sends it; `extra` is header lines."""
    head = (
        f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nUser-Agent: {agent}\r\nAccept: */*\r\n"
        f"Accept-Language: en-GB,en;q=0.9\r\nContent-Type: {content_type}\r\n{extra}"
        f"Origin: https://magazine.example\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body
