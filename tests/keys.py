"""Keys for tests: made beside a server that runs, as the command line does, and known to it when this returns."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from engine.assembly import open_parts
from engine.domain.keys import KeyDraft, KeyKind, NewKey, Scope
from engine.settings import Settings
from tests.collector.wire import ask, soon
from tests.server import Server


def make(server: Server, *drafts: KeyDraft) -> Sequence[NewKey]:
    """Make keys, and wait until the server knows them."""

    async def made() -> list[NewKey]:
        async with open_parts(Settings(database=f"sqlite:///{server.database}")) as parts:
            new = [await parts.engine.keys.create(draft) for draft in drafts]
            return [*new, await parts.engine.keys.create(KeyDraft(KeyKind.SECRET, f"after {drafts[-1].name}"))]

    *new, last = asyncio.run(made())
    assert soon(lambda: is_known(server, str(last.token)))
    return new


def make_secrets(server: Server, *scopes: Sequence[Scope]) -> Sequence[str]:
    """Make secret keys with such scopes each, and give their tokens."""
    drafts = [KeyDraft(KeyKind.SECRET, f"may {' '.join(one)}", frozenset(one)) for one in scopes]
    return [str(new.token) for new in make(server, *drafts)]


def is_known(server: Server, token: str) -> bool:
    """Tell whether a server knows a secret key; any live one may ask GraphQL for its own version of nothing."""
    return ask(server, "GET", "/graphql?query={__typename}", Authorization=f"Bearer {token}").status == 200
