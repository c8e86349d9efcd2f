"""Audiences as `ports.Audiences` promises them: read from memory, written through the writer."""

from __future__ import annotations

import asyncio
import re
import sqlite3
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from engine.domain.audiences import Audience, AudienceDraft, MembershipChange, State
from engine.errors import InUse, InvalidValue, NotFound, StaleVersion, Taken
from engine.language.definition import Definition
from engine.language.printer import to_text
from engine.ports import (
    AudienceChanges,
    AudienceDifference,
    AudienceOrder,
    AudienceQuery,
    AudienceVersion,
    Page,
    Preview,
    Profile,
    Window,
)
from engine.runtime import versions
from engine.runtime.backfill import begin
from engine.runtime.commits import Commits
from engine.runtime.house import House
from engine.runtime.paging import Key, Shape, Slice, fetch
from engine.runtime.preview import preview
from engine.runtime.reading import Reader
from engine.runtime.registry import checked
from engine.storage import audiences, changes, removals

_SLUG = re.compile(r"[a-z][a-z0-9_]{0,99}")


@dataclass(frozen=True, slots=True)
class Audiences:
    """The audiences of one house."""

    commits: Commits
    backfill_wanted: asyncio.Event
    removals_wanted: asyncio.Event

    @property
    def _house(self) -> House:
        return self.commits.house

    def all(self) -> Sequence[Audience]:
        """Give every audience with its current size, by name."""
        return sorted((self._house.standing(one) for one in self._house.registry.audiences.values()), key=_by_name)

    def by_slug(self, slug: str) -> Audience | None:
        """Give one by slug."""
        id = self._house.registry.ids.get(slug)
        return None if id is None else self.by_id(id)

    def by_id(self, audience_id: int) -> Audience | None:
        """Give one by id."""
        found = self._house.registry.audiences.get(audience_id)
        return None if found is None else self._house.standing(found)

    def search(self, query: AudienceQuery, window: Window) -> Page[Audience]:
        """List audiences."""
        key = _KEYS[query.order]
        chosen = sorted((one for one in self.all() if _fits(one, query)), key=key, reverse=query.descending)

        def part(slice: Slice) -> list[Audience]:
            rows = chosen[::-1] if slice.backwards else chosen
            up = query.descending == slice.backwards
            beyond = slice.beyond
            rows = [one for one in rows if beyond is None or (key(one) > beyond if up else key(one) < beyond)]
            return rows[: slice.limit]

        return fetch(window, _SHAPES[query.order], part).page(key, len(chosen))

    def used_by(self, slug: str) -> Sequence[Audience]:
        """Give the audiences whose rules include this one."""
        return sorted((self._house.standing(one) for one in self._house.registry.users(slug)), key=_by_name)

    def depends_on(self, slug: str) -> Sequence[Audience]:
        """Give the audiences that these rules include."""
        registry = self._house.registry
        includes = registry.definitions[registry.ids[slug]].includes if slug in registry.ids else ()
        return [self._house.standing(registry.audiences[registry.ids[one]]) for one in sorted(includes)]

    async def create(self, draft: AudienceDraft, author: str | None = None) -> Audience:
        """Make one, BUILDING until existing profiles are evaluated."""
        slug = _slug(draft)
        _check_name(draft.name)

        def work(connection: sqlite3.Connection) -> int:
            house = self._house
            if slug in house.registry.ids:
                raise Taken(f"There is an audience {slug} already. Choose another slug.", ("slug",))
            definition = checked(draft.definition, house.words(), house.registry, slug)
            types = _types(definition)
            made = _made(draft, slug, to_text(definition.root), house.clock.now())
            made = replace(made, id=audiences.insert(connection, made, types))
            audiences.add_version(connection, made, types, author, None)
            begin(house, connection, made.id, made.rules_version)
            return made.id

        return await self._written(work)

    async def update(self, audience_id: int, changes: AudienceChanges) -> Audience:
        """Change one; every edit that changes anything is a version."""

        def work(connection: sqlite3.Connection) -> int:
            self._edit(connection, audience_id, changes)
            return audience_id

        return await self._written(work)

    async def restore(
        self, audience_id: int, version: int, author: str | None = None, expected_version: int | None = None
    ) -> Audience:
        """Give it the rules of an earlier version, as an edit like another."""

        def work(connection: sqlite3.Connection) -> int:
            _found(self._house, audience_id)
            changes = AudienceChanges(
                given=frozenset({"definition"}),
                definition=versions.found(connection, audience_id, version).definition,
                expected_version=expected_version,
                author=author,
            )
            self._edit(connection, audience_id, changes, restored_from=version)
            return audience_id

        return await self._written(work)

    async def delete(self, audience_id: int) -> None:
        """Remove one."""

        def work(connection: sqlite3.Connection) -> str:
            house = self._house
            found = _found(house, audience_id)
            if users := house.registry.users(found.slug):
                names = ", ".join(one.slug for one in users)
                raise InUse(f"{found.slug} is used by {names}. Change their rules first.", ("id",))
            audiences.delete(connection, audience_id)
            removals.begin(connection, audience_id)
            house.world.forget()
            house.refresh_audiences(connection, {audience_id})
            return found.slug

        slug = await self._house.write(work)
        self.removals_wanted.set()
        self.commits.tell(frozenset(), (), frozenset({slug}))

    async def preview(self, definition: str, sample: int = 10, instead_of: str | None = None) -> Preview:
        """Check unsaved rules and count whom they match."""
        return await preview(self._house, definition, sample, instead_of)

    async def members(self, audience_id: int, window: Window) -> Page[tuple[Profile, int]]:
        """List members with the instant since when, most recently entered first."""

        def read(connection: sqlite3.Connection) -> Page[tuple[Profile, int]]:
            def newest(part: Slice) -> list[tuple[int, int]]:
                return audiences.members(connection, audience_id, _pair(part.beyond), part.limit, part.backwards)

            rows = fetch(window, (int, int), newest)
            page = rows.page(lambda row: row)
            reader = Reader(connection, self._house)
            profiles = reader.profiles([id for _, id in rows.items])
            shown = [(one, since) for one, (since, _) in zip(profiles, rows.items, strict=True) if one]
            total = audiences.count_members(connection, audience_id)
            return Page(shown, page.cursors, page.has_next, page.has_previous, total)

        return await self._house.read(read)

    async def changes(self, audience_id: int, window: Window) -> Page[MembershipChange]:
        """List entries and exits, newest first."""

        def read(connection: sqlite3.Connection) -> Page[MembershipChange]:
            def newest(part: Slice) -> list[MembershipChange]:
                beyond = None if part.beyond is None else int(part.beyond[0])
                return changes.of_audience(connection, audience_id, beyond, part.limit, part.backwards)

            return fetch(window, (int,), newest).page(lambda change: (change.cursor,))

        return await self._house.read(read)

    async def versions(self, audience_id: int, first: int = 20) -> Sequence[AudienceVersion]:
        """List versions, newest first."""
        words = self._house.words()
        return await self._house.read(lambda connection: versions.listed(connection, audience_id, first, words))

    async def difference(self, audience_id: int, version: int, since: int | None = None) -> AudienceDifference:
        """Compare a version with another, else with the one before it."""
        words = self._house.words()
        return await self._house.read(
            lambda connection: versions.compared(connection, audience_id, version, since, words)
        )

    def _edit(
        self,
        connection: sqlite3.Connection,
        audience_id: int,
        changes: AudienceChanges,
        restored_from: int | None = None,
    ) -> None:
        """Write an edit as a version of its own; new rules (or types, or another end) must be met by everyone."""
        house = self._house
        before, was = _found(house, audience_id), house.registry.definitions[audience_id]
        if changes.expected_version not in (None, before.version):
            message = f"Someone changed it: it is at version {before.version} now. Read it again."
            raise StaleVersion(message, ("expectedVersion",))
        after, definition = self._changed(before, was, changes)
        if after == before and _types(definition) == _types(was):
            return
        size, now = house.sizes.get(audience_id, 0), house.clock.now()
        met = (after.definition, after.expires_at, _types(definition))
        after = replace(after, version=before.version + 1, size=size, updated_at=now)
        is_new = met != (before.definition, before.expires_at, _types(was))
        if is_new:
            after = replace(after, rules_version=after.version, state=State.BUILDING)
        audiences.update(connection, after, _types(definition))
        audiences.add_version(connection, after, _types(definition), changes.author, restored_from)
        if is_new:
            begin(house, connection, audience_id, after.rules_version)
        else:
            house.refresh_audiences(connection, {audience_id})

    def _changed(self, before: Audience, was: Definition, changes: AudienceChanges) -> tuple[Audience, Definition]:
        """Give an audience with its rules as an edit would have it."""
        names = changes.given.intersection({"name", "description", "personalizable", "tags", "expires_at"})
        after = replace(before, **{name: getattr(changes, name) for name in names})
        _check_name(after.name)
        after = replace(after, name=after.name.strip())
        if "definition" not in changes.given:
            return after, was
        definition = checked(changes.definition, self._house.words(), self._house.registry, before.slug)
        return replace(after, definition=to_text(definition.root)), definition

    async def _written(self, work: Callable[[sqlite3.Connection], int]) -> Audience:
        audience = self.by_id(await self._house.write(work))
        if audience is None:
            raise NotFound("The audience was deleted meanwhile.", ("id",))
        self.backfill_wanted.set()
        self.commits.tell(frozenset(), (), frozenset({audience.slug}))
        return audience


def _made(draft: AudienceDraft, slug: str, definition: str, now: int) -> Audience:
    return Audience(
        id=0,
        slug=slug,
        name=draft.name.strip(),
        description=draft.description,
        definition=definition,
        version=1,
        state=State.BUILDING,
        personalizable=draft.personalizable,
        tags=draft.tags,
        expires_at=draft.expires_at,
        created_at=now,
        updated_at=now,
    )


def _found(house: House, audience_id: int) -> Audience:
    audience = house.registry.audiences.get(audience_id)
    if audience is None:
        raise NotFound("There is no such audience.", ("id",))
    return audience


def _types(definition: Definition) -> dict[str, str]:
    types = {**definition.types, **definition.properties}
    return {name: type.value for name, type in sorted(types.items())}


def _slug(draft: AudienceDraft) -> str:
    slug = draft.slug
    if slug is None:
        slug = re.sub(r"[^a-z0-9]+", "_", draft.name.strip().lower()).strip("_")
        slug = f"a_{slug}" if slug[:1].isdigit() else slug
    if not _SLUG.fullmatch(slug):
        advice = "A slug begins with a letter and has lower-case letters, digits and _ only, at most 100."
        raise InvalidValue(f"{slug!r} cannot be a slug. {advice}", ("slug",))
    if slug == "new":
        raise InvalidValue("'new' cannot be a slug: the console makes new audiences under it.", ("slug",))
    return slug


def _check_name(name: str) -> None:
    if not name.strip() or len(name) > 200:
        raise InvalidValue("An audience needs a name of at most 200 characters.", ("name",))


def _fits(audience: Audience, query: AudienceQuery) -> bool:
    told = f"{audience.name}\n{audience.slug}\n{audience.description or ''}".lower()
    return (
        (not query.text or query.text.strip().lower() in told)
        and set(query.tags) <= set(audience.tags)
        and (not query.states or audience.state in query.states)
    )


def _by_name(audience: Audience) -> tuple[str, str]:
    return (audience.name.lower(), audience.slug)


_KEYS: dict[AudienceOrder, Callable[[Audience], Key]] = {
    AudienceOrder.NAME: _by_name,
    AudienceOrder.SIZE: lambda one: (one.size, one.id),
    AudienceOrder.CREATED_AT: lambda one: (one.created_at, one.id),
    AudienceOrder.UPDATED_AT: lambda one: (one.updated_at, one.id),
}
_SHAPES: dict[AudienceOrder, Shape] = {
    order: (str, str) if order is AudienceOrder.NAME else (int, int) for order in AudienceOrder
}


def _pair(key: Key | None) -> tuple[int, int] | None:
    return None if key is None else (int(key[0]), int(key[1]))
