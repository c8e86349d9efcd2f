"""Keys as values: what kinds there are, what each may do, and what must be said to make one."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from enum import StrEnum
from urllib.parse import urlsplit

from engine.errors import Forbidden, InvalidValue

LONGEST_NAME = 100
MOST_ORIGINS = 50
MOST_LIVE = 2
"""Live keys of one kind and name: the old one and the new one, while a rotation lasts."""


class KeyKind(StrEnum):
    """What a key is for: append events and read `me`; ask as a server; open the console; sign identity tokens."""

    WRITE = "write"
    SECRET = "secret"
    CONSOLE = "console"
    IDENTITY = "identity"


class Scope(StrEnum):
    """What a secret key may do; each says no more than its name (writing does not include reading)."""

    EVENTS = "events"
    PROFILES_READ = "profiles:read"
    PROFILES_WRITE = "profiles:write"
    PROFILES_ERASE = "profiles:erase"
    AUDIENCES_READ = "audiences:read"
    AUDIENCES_WRITE = "audiences:write"
    METRICS = "metrics"
    SIMULATION = "simulation"


EVERYTHING = frozenset(Scope)


class Algorithm(StrEnum):
    """How identity tokens are signed: by a secret that both sides have, or by a private key that only you have."""

    HS256 = "HS256"
    RS256 = "RS256"
    ES256 = "ES256"
    EDDSA = "EdDSA"


@dataclass(frozen=True, slots=True)
class Key:
    """A key as the house knows it; the secret itself is not kept. `id` is the `source` of its events."""

    id: str
    kind: KeyKind
    name: str
    created_at: int
    scopes: frozenset[Scope] = frozenset()
    """Of a secret key."""
    origins: tuple[str, ...] = ()
    """Of a write key: the only pages that may use it; any, if there are none."""
    algorithm: Algorithm | None = None
    """Of an identity key."""
    last_used_at: int | None = None
    revoked_at: int | None = None
    from_settings: bool = False

    @property
    def is_live(self) -> bool:
        """Whether it still opens anything."""
        return self.revoked_at is None

    @property
    def may_everything(self) -> bool:
        """Whether it has all scopes."""
        return self.scopes == EVERYTHING

    def require(self, scope: Scope) -> None:
        """Raise Forbidden unless this key has a scope."""
        if scope not in self.scopes:
            raise Forbidden(f"This key lacks the scope `{scope}`. Scopes are given when a key is made.")


@dataclass(frozen=True, slots=True)
class KeyDraft:
    """What a new key shall be."""

    kind: KeyKind
    name: str
    scopes: frozenset[Scope] | None = None
    """For a secret key; None for all, also those that are added one day."""
    origins: tuple[str, ...] = ()
    algorithm: Algorithm | None = None
    """For an identity key; HS256 when not said."""
    public_key: str | None = None
    """PEM, for an identity key whose algorithm is not HS256."""


@dataclass(frozen=True, slots=True)
class NewKey:
    """A key just made, and what is told this once: its token or secret; None where the caller holds the private key."""

    key: Key
    token: str | None = field(repr=False)


@dataclass(frozen=True, slots=True)
class Proof:
    """Who somebody is, by an identity token; at least one of the two."""

    user_id: str | None = None
    email: str | None = None


def checked(draft: KeyDraft) -> KeyDraft:
    """Give a draft in its one form. Raises InvalidValue for what does not fit together."""
    name = draft.name.strip()
    if not name or len(name) > LONGEST_NAME or not name.isprintable():
        raise InvalidValue(f"A key's name is printable text of 1 to {LONGEST_NAME} characters.", ("name",))
    draft = replace(draft, name=name, origins=tuple(dict.fromkeys(map(origin, draft.origins))))
    if draft.kind is KeyKind.IDENTITY and draft.algorithm is None:
        draft = replace(draft, algorithm=Algorithm.HS256)
    for failure, path in _misfits(draft):
        raise InvalidValue(failure, (path,))
    return draft


def _misfits(draft: KeyDraft) -> Iterable[tuple[str, str]]:
    given = {
        "scopes": (draft.scopes is not None, KeyKind.SECRET),
        "origins": (bool(draft.origins), KeyKind.WRITE),
        "algorithm": (draft.algorithm is not None, KeyKind.IDENTITY),
        "public_key": (draft.public_key is not None, KeyKind.IDENTITY),
    }
    for name, (is_given, kind) in given.items():
        if is_given and draft.kind is not kind:
            yield f"Only {kind} keys have {name.replace('_', ' ')}; this is a {draft.kind} key.", name
    if draft.scopes is not None and not draft.scopes:
        yield "A secret key without any scope would open nothing.", "scopes"
    if len(draft.origins) > MOST_ORIGINS:
        yield f"A key has at most {MOST_ORIGINS} origins.", "origins"
    if draft.algorithm is Algorithm.HS256 and draft.public_key is not None:
        yield "HS256 has a secret, which Rollcall makes, and no public key. Name RS256, ES256 or EdDSA.", "algorithm"
    if draft.algorithm not in (None, Algorithm.HS256) and draft.public_key is None:
        yield f"{draft.algorithm} needs the public key that belongs to your private one.", "public_key"


def origin(text: str) -> str:
    """Give an origin as browsers write it, such as `https://shop.example`. Raises InvalidValue."""
    try:
        parts = urlsplit(text.strip().lower())
        port = parts.port
    except ValueError:
        parts, port = urlsplit(""), None
    host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname
    usual = {"http": 80, "https": 443}
    if parts.scheme not in usual or not host or "*" in host or not host.isascii() or parts.path.strip("/"):
        raise InvalidValue(f"{text!r} is not an origin. Write one such as https://shop.example.", ("origins",))
    if parts.username is not None or parts.query or parts.fragment:
        raise InvalidValue(f"{text!r} is more than an origin. Write only https://shop.example.", ("origins",))
    return f"{parts.scheme}://{host}" if port in (None, usual[parts.scheme]) else f"{parts.scheme}://{host}:{port}"
