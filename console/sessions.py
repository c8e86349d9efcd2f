"""Who is signed in: random ids kept on the server, so that signing out ends a session for good.

They live in memory and end with the process; time here is real time, a simulated clock signs nobody out.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from secrets import token_urlsafe

IDLE_FOR = 12 * 3600.0
LASTS_FOR = 7 * 86_400.0
MOST = 1_000


@dataclass(slots=True)
class Session:
    """A browser that has shown the token of a key."""

    key_id: str
    started_at: float
    used_at: float


class Sessions:
    """At most a thousand sessions; beyond that the longest unused one ends."""

    def __init__(self, seconds: Callable[[], float]) -> None:
        self._seconds = seconds
        self._open: OrderedDict[bytes, Session] = OrderedDict()

    def start(self, key_id: str) -> str:
        """Begin a session and give its id, which only the browser keeps."""
        id, now = token_urlsafe(32), self._seconds()
        self._open[_digest(id)] = Session(key_id, now, now)
        if len(self._open) > MOST:
            self._open.popitem(last=False)
        return id

    def key_of(self, id: str) -> str | None:
        """Tell whose session this is, and count it as used."""
        digest, now = _digest(id), self._seconds()
        session = self._open.get(digest)
        if session is None:
            return None
        if now - session.used_at > IDLE_FOR or now - session.started_at > LASTS_FOR:
            del self._open[digest]
            return None
        session.used_at = now
        self._open.move_to_end(digest)
        return session.key_id

    def end(self, id: str) -> None:
        """End a session; one that is not there is ended already."""
        self._open.pop(_digest(id), None)


def _digest(id: str) -> bytes:
    return sha256(id.encode("utf-8", "surrogatepass")).digest()
