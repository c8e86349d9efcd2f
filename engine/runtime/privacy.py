"""What people may ask of the house about themselves: everything held, and nothing held any more."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from engine.domain.privacy import Erased, Holding
from engine.ports import ProfileBy
from engine.runtime.commits import Commits
from engine.runtime.erasures import Erasures, holding
from engine.runtime.exporting import export


@dataclass(frozen=True, slots=True)
class Privacy:
    """Export reads one snapshot; erasure goes through the writer."""

    commits: Commits
    erasures: Erasures

    async def holding(self, by: ProfileBy) -> Holding:
        """Tell what an erasure would take away. Raises NotFound."""
        return await self.commits.house.read(partial(holding, by=by))

    async def export(self, by: ProfileBy) -> Mapping[str, Any]:
        """Give everything held of a profile, as JSON values. Raises NotFound."""
        found: dict[str, Any] = json.loads(b"".join([piece async for piece in self.exported(by)]))
        return found

    def exported(self, by: ProfileBy) -> AsyncIterator[bytes]:
        """Give the same as JSON text, piece by piece, in bounded memory. Raises NotFound."""
        return export(self.commits.house, by)

    async def erase(self, by: ProfileBy) -> Erased:
        """Take away all that is held of a profile, everywhere, for good. Raises NotFound."""
        return await self.erasures.erase(by)
