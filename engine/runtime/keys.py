"""Who may ask: keys by the digest of their token, which itself is not kept."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256

from engine.ports import Key, KeyKind
from engine.runtime.house import House
from engine.settings import Settings
from engine.storage import house as memory
from engine.system import new_token

PREFIX = {KeyKind.WRITE: "wk", KeyKind.SECRET: "sk", KeyKind.CONSOLE: "ct"}


@dataclass(frozen=True, slots=True)
class Keys:
    """Keys from settings and from the database."""

    house: House
    settings: Settings

    def check(self, token: str) -> Key | None:
        """Tell whose token this is. Digests are compared, so time tells nothing about tokens."""
        digest = sha256(token.encode("utf-8", "surrogatepass")).digest()
        for kind, given in self._given():
            if given and digest == sha256(given.encode()).digest():
                return Key(_id(digest), kind, "from settings", 0)
        return next((_key(row) for row in self.house.keys if row[3] == digest), None)

    async def create(self, kind: KeyKind, name: str) -> str:
        """Make a key and give its token, this once."""
        return await self.house.write(lambda connection: self._made(connection, kind, name))

    async def public(self, name: str) -> str:
        """Give the token of the write key of this name, made where missing: it stands in pages, so it may be kept."""
        place = f"write_key:{name}"

        def work(connection: sqlite3.Connection) -> str:
            kept = memory.recall(connection, place)
            if kept is not None:
                return str(kept)
            token = self._made(connection, KeyKind.WRITE, name)
            memory.remember(connection, place, token)
            return token

        return await self.house.write(work)

    def _made(self, connection: sqlite3.Connection, kind: KeyKind, name: str) -> str:
        token = new_token(PREFIX[kind])
        digest = sha256(token.encode()).digest()
        memory.add_key(connection, _id(digest), kind, name, digest, self.house.clock.now())
        self.house.keys = memory.keys(connection)
        return token

    def all(self) -> Sequence[Key]:
        """Give every key, without its token."""
        given = [
            Key(_id(sha256(token.encode()).digest()), kind, "from settings", 0)
            for kind, token in self._given()
            if token
        ]
        return [*given, *(_key(row) for row in self.house.keys)]

    def _given(self) -> tuple[tuple[KeyKind, str | None], ...]:
        settings = self.settings
        return (
            (KeyKind.WRITE, settings.write_key),
            (KeyKind.SECRET, settings.secret_key),
            (KeyKind.CONSOLE, settings.console_token),
        )


def _key(row: tuple[str, str, str, bytes, int]) -> Key:
    id, kind, name, _, created_at = row
    return Key(id, KeyKind(kind), name, created_at)


def _id(digest: bytes) -> str:
    return digest[:6].hex()
