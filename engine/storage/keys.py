"""Keys: a digest each, never a token. Revoked ones stay, since events name them as their source."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass

from engine.domain.keys import EVERYTHING, Algorithm, Key, KeyKind, Scope

ALL = "*"
"""All scopes, also those that are added one day."""


@dataclass(frozen=True, slots=True)
class StoredKey:
    """A key with what its tokens are recognised by."""

    key: Key
    digest: bytes
    public_key: str | None = None


def add(connection: sqlite3.Connection, stored: StoredKey) -> None:
    """Keep a key."""
    key = stored.key
    scopes = ALL if key.scopes == EVERYTHING else " ".join(sorted(key.scopes))
    connection.execute(
        "INSERT INTO keys (id, kind, name, digest, created_at, scopes, origins, algorithm, public_key) "
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            *(key.id, key.kind, key.name, stored.digest, key.created_at),
            *(scopes, " ".join(key.origins), key.algorithm, stored.public_key),
        ),
    )


def load(connection: sqlite3.Connection) -> list[StoredKey]:
    """List every key, oldest first."""
    rows = connection.execute(
        "SELECT id, kind, name, created_at, scopes, origins, algorithm, last_used_at, revoked_at, digest, public_key "
        "FROM keys ORDER BY created_at, rowid"
    )
    return [
        StoredKey(
            Key(
                id=id,
                kind=KeyKind(kind),
                name=name,
                created_at=created_at,
                scopes=EVERYTHING if scopes == ALL else frozenset(Scope(one) for one in scopes.split()),
                origins=tuple(origins.split()),
                algorithm=None if algorithm is None else Algorithm(algorithm),
                last_used_at=last_used_at,
                revoked_at=revoked_at,
            ),
            digest,
            public_key,
        )
        for id, kind, name, created_at, scopes, origins, algorithm, last_used_at, revoked_at, digest, public_key in rows
    ]


def revoke(connection: sqlite3.Connection, id: str, at: int) -> None:
    """Let a key open nothing from now on; one that was revoked before keeps that time."""
    connection.execute("UPDATE keys SET revoked_at = ? WHERE id = ? AND revoked_at IS NULL", (at, id))


def note_uses(connection: sqlite3.Connection, uses: Mapping[str, int]) -> None:
    """Note when keys were last used."""
    connection.executemany(
        "UPDATE keys SET last_used_at = ? WHERE id = ? AND coalesce(last_used_at, 0) < ?",
        [(at, id, at) for id, at in uses.items()],
    )
