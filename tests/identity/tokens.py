"""Identity tokens as a site's own server signs them, and what one proves of an event, said once more."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import jwt
from msgspec.structs import replace

from engine.domain.events import Event, Trust
from engine.domain.keys import KeyDraft, KeyKind
from tests.identity.facts import Identifier
from tests.keys import make
from tests.server import Server

CLAIMS = {"user_id": "sub", "email": "email"}


@dataclass(frozen=True)
class Signer:
    """An identity key of a server."""

    key: str
    secret: str

    def sign(self, names: Sequence[Identifier], now: int) -> str:
        """Sign a token for somebody, by a clock in milliseconds."""
        said = {CLAIMS[namespace]: value for namespace, value in names}
        claims = {"aud": "rollcall", "exp": now // 1000 + 600, **said}
        return jwt.encode(claims, self.secret, "HS256", {"kid": self.key})


def signer(server: Server) -> Signer:
    """Make an identity key."""
    (new,) = make(server, KeyDraft(KeyKind.IDENTITY, "site"))
    return Signer(new.key.id, str(new.token))


def proven(event: Event, names: Sequence[Identifier]) -> Event:
    """Give an event as a token makes it: verified with the names that are proven, if it names any and no other; a
    claim as it came where it names somebody else, or nobody."""
    said = {namespace: value for namespace, value in (("user_id", event.user_id), ("email", event.email)) if value}
    told = dict(names)
    agreed = {namespace for namespace, value in said.items() if told.get(namespace) == value}
    if not agreed or any(namespace in told and told[namespace] != value for namespace, value in said.items()):
        return event
    user, email = (said.get(name) if name in agreed else None for name in ("user_id", "email"))
    return replace(event, trust=Trust.VERIFIED, user_id=user, email=email)
