"""Loads that gather: within one request each profile or event is read once, and all of a level in one go."""

from __future__ import annotations

from asyncio import gather
from collections.abc import Sequence
from dataclasses import replace

from strawberry.dataloader import DataLoader

from engine.ports import Profile, Profiles, StoredEvent


class Loaders:
    """The loaders of one request."""

    def __init__(self, profiles: Profiles) -> None:
        self._profiles = profiles
        self.profiles: DataLoader[int, Profile | None] = DataLoader(self._load_profiles, max_batch_size=500)
        self.visitors: DataLoader[str, Profile | None] = DataLoader(self._load_visitors)
        self.events: DataLoader[int, StoredEvent | None] = DataLoader(self._load_events)

    def forget(self) -> None:
        """Read everything anew from now on: something was written."""
        self.profiles.clear_all()
        self.visitors.clear_all()
        self.events.clear_all()

    async def _load_profiles(self, ids: list[int]) -> Sequence[Profile | None]:
        return await self._profiles.many(ids)

    async def _load_visitors(self, anonymous_ids: list[str]) -> Sequence[Profile | None]:
        return await gather(*(own_view(self._profiles, anonymous_id) for anonymous_id in anonymous_ids))

    async def _load_events(self, ids: list[int]) -> Sequence[StoredEvent | None]:
        return await gather(*map(self._profiles.event, ids))


async def own_view(profiles: Profiles, anonymous_id: str) -> Profile | None:
    """Give what a device may see of itself, always marked as such: the mark is what keeps the rest from it."""
    found = await profiles.of_visitor(anonymous_id)
    return found if found is None or found.device else replace(found, device=anonymous_id)
