"""What people may ask of the house about themselves: everything held, and nothing held any more."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from engine.ports import Erased, ProfileBy
from engine.runtime.commits import Commits


@dataclass(frozen=True, slots=True)
class Privacy:
    """Export reads one snapshot; erasure goes through the writer."""

    commits: Commits

    async def export(self, by: ProfileBy) -> Mapping[str, Any]:
        """Give everything held of a profile, as JSON values. Raises NotFound."""
        raise NotImplementedError

    async def erase(self, by: ProfileBy) -> Erased:
        """Take away all that is held of a profile, everywhere, for good. Raises NotFound."""
        raise NotImplementedError
