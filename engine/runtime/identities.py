"""Links between identities and profiles: seen, made by servers, and taken back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from engine.ports import Link, ProfileBy
from engine.runtime.commits import Commits


@dataclass(frozen=True, slots=True)
class Identities:
    """Writes go through the writer, one at a time."""

    commits: Commits

    async def links(self, profile_id: int) -> Sequence[Link]:
        """List how each part of a profile came to it, oldest first."""
        raise NotImplementedError

    async def merge(self, into: ProfileBy, source: ProfileBy, author: str | None = None) -> int:
        """Join two profiles by the server's word; give the id that goes on."""
        raise NotImplementedError

    async def unlink(self, identity: tuple[str, str], author: str | None = None) -> Sequence[int]:
        """Take a link back; give the profiles that come of it, the one that kept its id first."""
        raise NotImplementedError
