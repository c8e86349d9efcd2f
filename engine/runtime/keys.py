"""Who may ask: keys by the digest of their token, which itself is not kept.

A plain SHA-256 is enough for tokens of 192 random bits: nobody can try them all, so slow hashing would protect nothing.
Finding a digest in a dict may take longer or shorter, but who times it learns of digests, from which no token follows.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from hashlib import sha256

from engine.domain import tokens
from engine.domain.keys import MOST_LIVE, Key, KeyDraft, KeyKind, NewKey, Proof, checked
from engine.domain.tokens import Claims, Signer
from engine.errors import InvalidValue, NotFound, Taken
from engine.runtime.house import House
from engine.runtime.new_keys import all_of, id_of, new_key, signer_of
from engine.settings import Settings
from engine.storage import house as memory
from engine.storage import keys as storage
from engine.storage.key_file import KeyFile, key_file_of
from engine.storage.keys import StoredKey

FROM_SETTINGS = "from settings"
MOST_TOKENS = 2_048
"""Identity tokens that are remembered as well signed."""


class Keys:
    """Keys from settings and from the database."""

    def __init__(self, house: House, settings: Settings) -> None:
        self.house = house
        self._audience = settings.token_audience
        self._key_file = key_file_of(settings)
        self._given = _from_settings(settings)
        self._index = _Index((), self._given, self._key_file, self._audience)
        self.uses: dict[str, int] = {}
        """Key id → when this process last saw it used; written now and then, and not on the way of a request."""

    def check(self, token: str) -> Key | None:
        """Tell whose token this is: a live key, or none. It counts as a use."""
        key = self._current().by_digest.get(sha256(token.encode("utf-8", "surrogatepass")).digest())
        if key is not None:
            self.uses[key.id] = self.house.clock.now()
        return key

    def identity(self, token: object) -> Proof:
        """Tell who an identity token proves somebody to be. Raises Unauthorized with the reason."""
        named, claims = self._current().claims(tokens.text_of(token))
        now = self.house.clock.now()
        proof = tokens.proof_of(claims, now)
        self.uses[named] = now
        return proof

    def live(self, id: str) -> Key | None:
        """Give a live key by its id."""
        return self._current().live.get(id)

    def all(self) -> Sequence[Key]:
        """Give every key, without its token; revoked ones too, since events name them."""
        known = [*(key for _, key in self._given), *(stored.key for stored in self.house.keys)]
        return [replace(key, last_used_at=self.uses.get(key.id, key.last_used_at)) for key in known]

    async def create(self, draft: KeyDraft) -> NewKey:
        """Make a key and tell its token, this once. Raises InvalidValue, and Taken for the name of a live key."""
        wanted = checked(draft)

        def work(connection: sqlite3.Connection) -> NewKey:
            if self._named(wanted.kind, wanted.name):
                raise Taken(f"There is a live {wanted.kind} key “{wanted.name}”. Rotate it, or choose another name.")
            return self._made(connection, wanted)

        return await self.house.write(work)

    async def rotate(self, kind: KeyKind, name: str, revoke_old: bool = False, public_key: str | None = None) -> NewKey:
        """Make a second key like the live one of this name, which goes on or is revoked at once. Raises NotFound,
        and Taken when there are two already."""

        def work(connection: sqlite3.Connection) -> NewKey:
            old = self._named(kind, name)
            if not old:
                raise NotFound(f"There is no live {kind} key “{name}”.")
            if len(old) >= MOST_LIVE and not revoke_old:
                ids = " and ".join(key.id for key in old)
                raise Taken(f"There are two live {kind} keys “{name}” already, {ids}: revoke one first.")
            new = self._made(connection, checked(_like(old[-1], public_key)))
            for key in old if revoke_old else ():
                self._revoke(connection, key)
            return new

        return await self.house.write(work)

    async def revoke(self, id: str) -> Key:
        """Let a key open nothing from now on; give it as it then is. Raises NotFound, InvalidValue for one that stands
        in the settings."""
        if any(key.id == id for _, key in self._given):
            raise InvalidValue("This key stands in the settings: take it out there, and start again.")

        def work(connection: sqlite3.Connection) -> Key:
            key = next((stored.key for stored in self.house.keys if stored.key.id == id), None)
            if key is None:
                raise NotFound(f"There is no key {id!r}.")
            self._revoke(connection, key)
            return next(stored.key for stored in self.house.keys if stored.key.id == id)

        return await self.house.write(work)

    async def public(self, name: str) -> str:
        """Give the token of the write key of this name, made where missing: it stands in pages, so it may be kept."""
        place = f"write_key:{name}"

        def work(connection: sqlite3.Connection) -> str:
            kept = memory.recall(connection, place)
            if kept is not None and self.check(str(kept)) is not None:
                return str(kept)
            token = str(self._made(connection, KeyDraft(KeyKind.WRITE, name)).token)
            memory.remember(connection, place, token)
            return token

        return await self.house.write(work)

    def _made(self, connection: sqlite3.Connection, draft: KeyDraft) -> NewKey:
        stored, token = new_key(draft, self.house.clock.now(), self._key_file)
        storage.add(connection, stored)
        self.house.keys = storage.load(connection)
        return NewKey(stored.key, token)

    def _revoke(self, connection: sqlite3.Connection, key: Key) -> None:
        storage.revoke(connection, key.id, self.house.clock.now())
        self.house.keys = storage.load(connection)

    def _named(self, kind: KeyKind, name: str) -> list[Key]:
        keys = [stored.key for stored in self.house.keys]
        return [key for key in keys if key.is_live and (key.kind, key.name) == (kind, name)]

    def _current(self) -> _Index:
        """Give the index of the keys of the moment; made anew when the house has read other ones."""
        if self._index.stored is not self.house.keys:
            self._index = _Index(self.house.keys, self._given, self._key_file, self._audience)
        return self._index


class _Index:
    """Live keys by what they are asked by."""

    def __init__(
        self, stored: Sequence[StoredKey], given: Sequence[tuple[bytes, Key]], key_file: KeyFile, audience: str
    ) -> None:
        self.stored = stored
        self._key_file = key_file
        self._audience = audience
        live = [one for one in stored if one.key.is_live]
        self.by_digest: Mapping[bytes, Key] = {one.digest: one.key for one in live} | dict(given)
        self.live = {key.id: key for key in self.by_digest.values()}
        self._identity = {one.key.id: one for one in live if one.key.kind is KeyKind.IDENTITY}
        self._signers: dict[str, Signer] = {}
        self.claims = lru_cache(MOST_TOKENS)(self._claims)
        """Which key an identity token is by, and what it says; a browser sends the same one with each event."""

    def _claims(self, token: str) -> tuple[str, Claims]:
        id = self._signed_by(token)
        if id not in self._signers:
            self._signers[id] = signer_of(self._identity[id], self._key_file)
        return id, tokens.claims_of(token, self._signers[id], self._audience)

    def _signed_by(self, token: str) -> str:
        named = tokens.key_named_by(token)
        if not self._identity:
            tokens.refuse("there is no identity key")
        if named is None and len(self._identity) > 1:
            tokens.refuse("there are several identity keys, and it names none by kid")
        if named is None:
            return next(iter(self._identity))
        if named not in self._identity:
            tokens.refuse("its kid is no identity key that is live here")
        return named


def _from_settings(settings: Settings) -> list[tuple[bytes, Key]]:
    given = (
        (KeyKind.WRITE, settings.write_key),
        (KeyKind.SECRET, settings.secret_key),
        (KeyKind.CONSOLE, settings.console_token),
    )
    digests = [(kind, sha256(token.encode()).digest()) for kind, token in given if token]
    return [
        (digest, Key(id_of(digest), kind, FROM_SETTINGS, 0, scopes=all_of(kind), from_settings=True))
        for kind, digest in digests
    ]


def _like(key: Key, public_key: str | None) -> KeyDraft:
    scopes = key.scopes if key.kind is KeyKind.SECRET and not key.may_everything else None
    return KeyDraft(key.kind, key.name, scopes, key.origins, key.algorithm, public_key)
