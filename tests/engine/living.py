"""A house to try laws on: a real database file, a clock that tests move, and an engine that can be opened again."""

from __future__ import annotations

import itertools
import shutil
import sqlite3
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

from cli.rebuilding import compare
from engine.assembly import Parts, open_parts
from engine.domain.audiences import Audience, AudienceDraft, MembershipChange
from engine.domain.events import Event
from engine.ports import AudienceChanges, Outcome, Profile, ProfileBy, Submission, Window
from engine.runtime.rebuild import differences
from engine.settings import DeclaredAttribute, Settings
from engine.values import MILLISECONDS_A_DAY

DAY = MILLISECONDS_A_DAY
HOUR = DAY // 24
MINUTE = HOUR // 60
START = 20_500 * DAY
"""A midnight, 16 February 2026."""
_numbers = itertools.count(1)


def event(type: str, at: int, **said: Any) -> Event:
    """Make an event at an instant; it has a message id of its own unless told."""
    given: dict[str, Any] = {"source": "test", "message_id": f"m{next(_numbers)}", "name": type, "received_at": at}
    return Event(type=type, occurred_at=at, **given | said)


class Living:
    """One house while a test lives in it; `at` is its clock."""

    def __init__(
        self,
        database: Path,
        at: int = START,
        declared: tuple[DeclaredAttribute, ...] = (),
        identity_link: str = "claimed",
    ) -> None:
        self.database = database
        self.declared = declared
        self.identity_link = identity_link
        self.at = at
        self._stack = AsyncExitStack()

    async def __aenter__(self) -> Living:
        self.settings = Settings(
            database=f"sqlite:///{self.database}",
            simulated_clock=True,
            attributes=self.declared,
            identity_link=self.identity_link,
        )
        self.parts: Parts = await self._stack.enter_async_context(open_parts(self.settings, lambda: self.at))
        self.engine = self.parts.engine
        self.house = self.parts.house
        return self

    async def __aexit__(self, *what: object) -> None:
        await self._stack.aclose()

    async def restart(self) -> None:
        """Close the engine and open it anew on the same file."""
        await self._stack.aclose()
        await self.__aenter__()

    async def take(self, *events: Event) -> Outcome:
        """Bring events in, all in one transaction."""
        (outcome,) = await self.engine.ingest.ingest([Submission(events)])
        return outcome

    async def page(self, device: str = "d", **said: Any) -> Outcome:
        """Let a device open a page now."""
        return await self.take(event("page", self.at, anonymous_id=device, **said))

    async def identify(self, device: str | None, email: str | None = None, **said: Any) -> Outcome:
        """Let a device (or a server) say an e-mail address now."""
        return await self.take(event("identify", self.at, anonymous_id=device, email=email, **said))

    async def ring(self) -> int:
        """Fire every alarm that is due; give how many."""
        fired = 0
        while more := await self.parts.alarms.run_once():
            fired += more
        return fired

    async def wait(self, milliseconds: int) -> None:
        """Let time pass and fire what comes due."""
        self.at += milliseconds
        await self.ring()

    async def walk(self) -> None:
        """Bring every backfill to its end."""
        while await self.parts.backfills.run_once():
            pass

    async def make(self, slug: str, definition: str, **said: Any) -> Audience:
        """Make an audience, not yet met by those who are there."""
        return await self.engine.audiences.create(
            AudienceDraft(name=slug, slug=slug, definition=definition, personalizable=True, **said)
        )

    async def edit(self, slug: str, **changes: Any) -> Audience:
        """Change an audience."""
        return await self.engine.audiences.update(
            self.audience(slug).id, AudienceChanges(given=frozenset(changes), **changes)
        )

    def audience(self, slug: str) -> Audience:
        """Give an audience that must exist."""
        found = self.engine.audiences.by_slug(slug)
        assert found is not None, slug
        return found

    async def profile(self, value: str = "d", namespace: str | None = None) -> Profile:
        """Give the profile of a device or an e-mail address, which must exist."""
        namespace = namespace or ("email" if "@" in value else "anonymous_id")
        found = await self.engine.profiles.find(ProfileBy(identity=(namespace, value)))
        assert found is not None, value
        return found

    async def me(self, device: str) -> Profile:
        """Give what a device may see of itself."""
        found = await self.engine.profiles.of_visitor(device)
        assert found is not None, device
        return found

    async def slugs(self, value: str = "d") -> set[str]:
        """Give the audiences of someone's profile."""
        return {one.audience.slug for one in (await self.profile(value)).audiences}

    async def history(self, subject_id: int) -> list[MembershipChange]:
        """Give a subject's whole history, oldest first."""
        return [*(await self.engine.profiles.history(subject_id, Window(first=10_000))).items][::-1]

    async def told(self, value: str = "d", *slugs: str) -> list[tuple[str, str, str, int]]:
        """Give someone's history as (slug, transition, cause, at), of some audiences only where named."""
        rows = await self.history((await self.profile(value)).id)
        return [
            (one.audience_slug, one.transition.value, one.cause.value, one.occurred_at)
            for one in rows
            if not slugs or one.audience_slug in slugs
        ]

    async def differences(self) -> list[str]:
        """Compare live with recomputed; gives the places that differ (what they hold is long to print)."""

        if self.house.is_stale:
            return [one.place for one in compare(self.settings)]

        def places(connection: sqlite3.Connection) -> list[str]:
            return [one.place for one in differences(connection, self.house.registry)]

        return await self.house.read(places)


def copied(template: Path, folder: Path) -> Path:
    """Copy a closed house to live in."""
    return Path(shutil.copy(template, folder / "rollcall.db"))
