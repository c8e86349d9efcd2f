"""What keeps erased people away: who carries something of theirs and happened before the erasure does not come in.

Digests are HMAC-SHA256 under a key that is not in the database, cut to 16 bytes: who has the file alone cannot try out
addresses. An event costs one comparison of times, unless it comes late; then three digests, some five microseconds."""

from __future__ import annotations

import hmac
import re
import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from engine.domain.contact import identifier, normalise_email
from engine.domain.events import Event, Refusal
from engine.domain.identity import DEVICE, Identifier, identifiers_of
from engine.errors import InvalidValue
from engine.storage import house as memory
from engine.storage import tombstones
from engine.storage.key_file import KeyFile
from engine.values import parse_time

PURPOSE = "tombstones 1"
SIZE = 16
_CHECK = "tombstone_key"
_NAMED = re.compile(r'"(anonymousId|userId|email)"\s*:\s*(?:"((?:[^"\\]|\\.)*)"|(-?\d+))')
_SAID_AT = re.compile(r'"(?:timestamp|originalTimestamp)"\s*:\s*"([^"]*)"')


@dataclass(slots=True)
class Tombstones:
    """All of them, in memory; `newest` is the time of the last erasure."""

    key_file: KeyFile
    newest: int = -1
    _erased_at: dict[bytes, int] = field(default_factory=dict)
    _last_id: int = 0
    _keyed: hmac.HMAC | None = None

    def refresh(self, connection: sqlite3.Connection) -> None:
        """Read those that have come since. Raises InvalidValue where their key is lost."""
        for id, digest, at in tombstones.after(connection, self._last_id):
            if not self._last_id:
                self._check_key(connection)
            self._erased_at[digest] = at
            self.newest, self._last_id = max(self.newest, at), id

    def forget(self) -> None:
        """Know none any more, until they are read again."""
        self._erased_at.clear()
        self.newest, self._last_id = -1, 0

    def add(self, connection: sqlite3.Connection, identifiers: Iterable[Identifier], at: int) -> None:
        """Put up tombstones for someone who is erased now."""
        if not self._last_id:
            memory.remember(connection, _CHECK, self._fingerprint())
        tombstones.add(connection, [self._digest(one) for one in identifiers], at)
        self.refresh(connection)

    def cover(self, event: Event) -> bool:
        """Tell whether an event is of somebody who has been erased since it happened."""
        return event.occurred_at <= self.newest and self._cover(identifiers_of(event), event.occurred_at)

    def without(self, refusals: Sequence[Refusal]) -> Sequence[Refusal]:
        """Leave out the refusals of such events."""
        return refusals if self.newest < 0 else [one for one in refusals if not self._cover_refused(one)]

    def _cover(self, identifiers: Iterable[Identifier], at: int) -> bool:
        return any(at <= self._erased_at.get(self._digest(one), -1) for one in identifiers)

    def _cover_refused(self, refusal: Refusal) -> bool:
        """Look for who and when in what was refused, whole JSON or not."""
        said = (parse_time(one) for one in _SAID_AT.findall(refusal.body))
        at = min((one for one in said if one is not None), default=refusal.received_at)
        return at <= self.newest and self._cover(_named_in(refusal.body), at)

    def _digest(self, identifier: Identifier) -> bytes:
        if self._keyed is None:
            self._keyed = hmac.new(self.key_file.derive(PURPOSE), digestmod="sha256")
        namespace, value = identifier
        digest = self._keyed.copy()
        digest.update(f"{namespace}\0{value}".encode())
        return digest.digest()[:SIZE]

    def _fingerprint(self) -> str:
        return self._digest(("", "")).hex()

    def _check_key(self, connection: sqlite3.Connection) -> None:
        """See that the key is the one that tombstones were made with: with another, none would ever be found."""
        path = self.key_file.path
        if not path.exists():
            raise InvalidValue(f"The key file {path} is missing. {_WITHOUT}", ("key_file",))
        if memory.recall(connection, _CHECK) != self._fingerprint():
            raise InvalidValue(f"The key file {path} is not that of this database. {_WITHOUT}", ("key_file",))


_WITHOUT = (
    "Without it Rollcall cannot tell who was erased, and late events would bring them back. Put it back from where you"
    " keep a copy; it goes with the database."
)


def _named_in(body: str) -> Iterable[Identifier]:
    for name, text, number in _NAMED.findall(body):
        namespace = {"anonymousId": DEVICE, "userId": "user_id"}.get(name, name)
        value = normalise_email(text) if namespace == "email" else identifier(text or number)
        if value:
            yield namespace, value
