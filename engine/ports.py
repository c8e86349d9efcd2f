"""Every seam of the engine on one page: what the fronts and the command line may ask.

Reads never wait for the writer. Every write is one transaction and returns after it is on disk.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from typing import Any, Generic, Protocol, TypeVar

from engine.domain.audiences import Audience, AudienceDraft, Cause, MembershipChange, Transition
from engine.domain.events import Conflict, Event, Refusal
from engine.domain.keys import Key, KeyDraft, KeyKind, NewKey, Proof
from engine.domain.lateness import Lateness
from engine.domain.privacy import Erased as Erased
from engine.domain.privacy import Holding as Holding
from engine.domain.shown import Identity as Identity
from engine.domain.shown import Link as Link
from engine.domain.shown import Profile as Profile
from engine.domain.shown import ProfileBy as ProfileBy
from engine.domain.shown import ProfileOrder as ProfileOrder
from engine.domain.shown import ProfileQuery as ProfileQuery
from engine.domain.veil import Veil
from engine.editing import AudienceChanges as AudienceChanges
from engine.editing import AudienceDifference as AudienceDifference
from engine.editing import AudienceOrder as AudienceOrder
from engine.editing import AudienceQuery as AudienceQuery
from engine.editing import AudienceVersion as AudienceVersion
from engine.editing import Preview as Preview
from engine.editing import Step as Step
from engine.language.events import EventVocabulary
from engine.language.explain import Explanation
from engine.language.types import Vocabulary
from engine.seen import AttributeSeen, EventSeen
from engine.seen import Use as Use
from engine.settings import Settings

T = TypeVar("T")


class Clock(Protocol):
    """The one source of now."""

    def now(self) -> int:
        """Milliseconds since 1970 UTC; never runs backwards."""


@dataclass(frozen=True, slots=True)
class Submission:
    """What one request brought: events in order, refusals to keep, and the visitor who has proven himself, if any."""

    events: Sequence[Event] = ()
    refusals: Sequence[Refusal] = ()
    visitor: str | None = None
    """An anonymous id derived from a visitor secret; only then does the outcome tell audiences."""


@dataclass(frozen=True, slots=True)
class Visitor:
    """What a browser may know of its own visitor: personalizable audiences only, sorted by slug."""

    known: bool = False
    audiences: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a submission, told after the commit."""

    accepted: int
    duplicate: int
    visitor: Visitor | None = None
    conflicts: Mapping[int, str] = field(default_factory=dict)
    """Index of an event whose identification was not followed → why, for a warning."""


class Ingest(Protocol):
    """The way in."""

    async def ingest(self, submissions: Sequence[Submission]) -> Sequence[Outcome]:
        """Store all in ONE transaction, then tell each outcome. Raises StorageUnavailable: nothing was written."""


@dataclass(frozen=True, slots=True)
class Window:
    """A Relay page: `first` after a cursor, or `last` before one. Cursors are opaque texts from `Page.cursors`."""

    first: int | None = None
    after: str | None = None
    last: int | None = None
    before: str | None = None


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """Items in order with a cursor each."""

    items: Sequence[T]
    cursors: Sequence[str]
    has_next: bool = False
    has_previous: bool = False
    total: int | None = None


@dataclass(frozen=True, slots=True)
class StoredEvent:
    """An event with the id it is stored under."""

    id: int
    event: Event


class Profiles(Protocol):
    """Reads of profiles. Ids are of subjects: a profile, or a device that is joined to one by claim only."""

    async def find(self, by: ProfileBy) -> Profile | None:
        """Find one profile; e-mail is compared after normalising."""

    async def of_visitor(self, anonymous_id: str) -> Profile | None:
        """Give what this device may see of itself: its own fragment while joined by claim only.

        `audiences` then holds personalizable ones only; None for a device never seen."""

    async def visitor(self, anonymous_id: str) -> Visitor:
        """Give the short answer for a browser; the empty one for a device never seen."""

    async def many(self, ids: Sequence[int]) -> Sequence[Profile | None]:
        """Give profiles by id, in the order asked, in a bounded number of statements."""

    async def search(self, query: ProfileQuery, window: Window) -> Page[Profile]:
        """List profiles; `total` is exact."""

    async def events(self, profile_id: int, window: Window, types: Sequence[str] | None = None) -> Page[StoredEvent]:
        """List a profile's (or device's own) events, newest first; `types` are DID's words."""

    async def event(self, event_id: int) -> StoredEvent | None:
        """Give one event by id."""

    async def history(self, profile_id: int, window: Window) -> Page[MembershipChange]:
        """List entries and exits, newest first."""

    async def explain(self, profile_id: int, slug: str) -> Explanation:
        """Tell why a profile is, or is not, a member now. Raises NotFound."""

    async def explanations(self, profile_id: int, slugs: Sequence[str]) -> Sequence[Explanation]:
        """Tell the same of several audiences from one look at the profile. Raises NotFound."""

    async def count(self) -> int:
        """Count all profiles."""


class Identities(Protocol):
    """Links between identities and profiles, as servers and people at the console see and change them."""

    async def links(self, profile_id: int) -> Sequence[Link]:
        """List how each part of a profile came to it, oldest first."""

    async def apart(self, profile_id: int) -> Sequence[tuple[tuple[str, str], tuple[str, str]]]:
        """List what no claim joins to a profile again: an identifier of its own, and the other one."""

    async def merge(self, into: ProfileBy, source: ProfileBy, author: str | None = None) -> int:
        """Join two profiles by the server's word; give the id that goes on (an anonymous one gives way to a known one).

        Of one profile already: nothing happens. Raises NotFound."""

    async def unlink(self, identity: tuple[str, str], author: str | None = None) -> Sequence[int]:
        """Take a link back; give the profiles that come of it, the one that kept its id first.

        Both sides are what each would have been alone, and no later claim joins them again. Raises NotFound, and
        InvalidValue where there is nothing to take it from."""


class Privacy(Protocol):
    """What people may ask of the house about themselves."""

    async def holding(self, by: ProfileBy) -> Holding:
        """Tell what an erasure would take away. Raises NotFound."""

    async def export(self, by: ProfileBy) -> Mapping[str, Any]:
        """Give everything held of a profile, as JSON values. Raises NotFound."""

    def exported(self, by: ProfileBy) -> AsyncIterator[bytes]:
        """Give the same as JSON text, piece by piece, in bounded memory. Raises NotFound."""

    async def erase(self, by: ProfileBy) -> Erased:
        """Take away all that is held of a profile, everywhere, for good; on disk when this returns. Raises NotFound,
        and StorageUnavailable where it is not at its end: it goes on by itself, at the latest with the next start."""


class Audiences(Protocol):
    """Audiences: reads from memory, writes through the writer."""

    def all(self) -> Sequence[Audience]:
        """Give every audience with its current size, by name."""

    def by_slug(self, slug: str) -> Audience | None:
        """Give one by slug."""

    def by_id(self, audience_id: int) -> Audience | None:
        """Give one by id."""

    def search(self, query: AudienceQuery, window: Window) -> Page[Audience]:
        """List audiences."""

    def used_by(self, slug: str) -> Sequence[Audience]:
        """Give the audiences whose rules include this one."""

    def depends_on(self, slug: str) -> Sequence[Audience]:
        """Give the audiences that these rules include."""

    async def create(self, draft: AudienceDraft, author: str | None = None) -> Audience:
        """Make one, BUILDING until existing profiles are evaluated. Raises InvalidDefinition, InvalidValue, Taken."""

    async def update(self, audience_id: int, changes: AudienceChanges) -> Audience:
        """Change one; every edit that changes anything is a version. Raises NotFound, StaleVersion,
        InvalidDefinition, InvalidValue."""

    async def restore(
        self, audience_id: int, version: int, author: str | None = None, expected_version: int | None = None
    ) -> Audience:
        """Give it the rules of an earlier version, as an edit like another. Raises what `update` raises."""

    async def delete(self, audience_id: int) -> None:
        """Remove one. Raises NotFound, InUse (naming the users)."""

    async def preview(self, definition: str, sample: int = 10, instead_of: str | None = None) -> Preview:
        """Check unsaved rules and count whom they match; also against an audience's saved rules, by its slug.

        Raises NotFound for an audience that there is not."""

    async def members(self, audience_id: int, window: Window) -> Page[tuple[Profile, int]]:
        """List members with the instant since when, most recently entered first; `total` is exact."""

    async def changes(self, audience_id: int, window: Window) -> Page[MembershipChange]:
        """List entries and exits, newest first."""

    async def versions(self, audience_id: int, first: int = 20) -> Sequence[AudienceVersion]:
        """List versions, newest first."""

    async def difference(self, audience_id: int, version: int, since: int | None = None) -> AudienceDifference:
        """Compare a version with another, else with the one before it. Raises NotFound."""


class Keys(Protocol):
    """Who may ask."""

    def check(self, token: str) -> Key | None:
        """Tell whose token this is: a live key, or none; in memory. It counts as a use."""

    def identity(self, token: object) -> Proof:
        """Tell who an identity token proves somebody to be. Raises Unauthorized with the reason."""

    def live(self, id: str) -> Key | None:
        """Give a live key by its id."""

    def all(self) -> Sequence[Key]:
        """Give every key, without its token; revoked ones too, since events name them."""

    async def create(self, draft: KeyDraft) -> NewKey:
        """Make a key and tell its token, this once. Raises InvalidValue, and Taken for the name of a live key."""

    async def rotate(self, kind: KeyKind, name: str, revoke_old: bool = False, public_key: str | None = None) -> NewKey:
        """Make a second key like the live one of this name, which goes on or is revoked at once. Raises NotFound,
        and Taken when there are two already."""

    async def revoke(self, id: str) -> Key:
        """Let a key open nothing from now on. Raises NotFound, InvalidValue for one that stands in the settings."""

    async def public(self, name: str) -> str:
        """Give the token of the write key of this name, made where missing: it stands in pages, so it may be kept."""


class Limits(Protocol):
    """How much is too much, in memory that is bounded."""

    def address(self, address: str) -> None:
        """Count a request from an address. Raises Overloaded."""

    def key(self, id: str) -> None:
        """Count a request with a key. Raises Overloaded."""


class Catalog(Vocabulary, EventVocabulary, Protocol):
    """What rules can ask about: built-in fields, attributes declared or seen, events seen and their properties."""

    def search(self, text: str = "", limit: int | None = 50) -> Sequence[AttributeSeen]:
        """Find fields by part of their name, label, description or an alias, best first."""

    def attribute(self, name: str, event: str | None = None) -> AttributeSeen | None:
        """Tell what is known of a field, by its name or an alias, or of a property of an event."""

    def uses(self, field_name: str) -> Sequence[Use]:
        """Give the audiences whose rules ask about a field, by its canonical name."""

    def events(self, text: str = "", limit: int = 50) -> Sequence[EventSeen]:
        """Find events by part of their name or label: those that begin with it first, then the commonest."""

    def properties(self, event: str, text: str = "", limit: int = 50) -> Sequence[AttributeSeen]:
        """Find what WHERE can ask of an event, seen or not, by part of its name or label: its own first."""

    async def top_values(
        self, field_name: str, prefix: str = "", first: int = 20, event: str | None = None
    ) -> Sequence[tuple[Any, int]]:
        """Give the commonest values of a field with how many profiles have each, or of a property of an event with
        how many of its events do; from a bounded sample. Raises NotFound for an unknown field."""


@dataclass(frozen=True, slots=True)
class Notice:
    """Something committed: which subjects changed, and the membership changes among them."""

    subjects: frozenset[int]
    changes: Sequence[MembershipChange] = ()
    audiences: frozenset[str] = frozenset()
    """Slugs whose rules, state or size changed."""


class Feed(Protocol):
    """Live changes within this process."""

    @property
    def moved(self) -> Mapping[tuple[Transition, Cause], int]:
        """How many entries and exits this process has committed."""

    @property
    def lateness(self) -> Lateness:
        """How late alarms have rung."""

    def listen(self) -> AbstractAsyncContextManager[AsyncIterator[Notice]]:
        """Follow notices from now on; a listener that falls 1,000 behind loses the oldest."""

    def close(self) -> None:
        """End every listener's notices: the server stops."""


class Refusals(Protocol):
    """What was not accepted, and identifications that were not followed."""

    async def recent(self, first: int = 100, skip: int = 0) -> Sequence[Refusal]:
        """List the newest refused events, leaving out so many."""

    async def conflicts(self, first: int = 100, skip: int = 0, profile_id: int | None = None) -> Sequence[Conflict]:
        """List the newest identifications that were not followed, of one profile or of all, leaving out so many."""


class Health(Protocol):
    """Whether the storage answers."""

    async def check(self) -> None:
        """Write to the database once. Raises StorageUnavailable."""


class Simulation(Protocol):
    """A clock that can be moved on."""

    async def advance(self, seconds: int) -> int:
        """Move on, fire every alarm on the way in order, and give the new now."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Engine:
    """The whole engine, as others see it."""

    settings: Settings
    clock: Clock
    ingest: Ingest
    profiles: Profiles
    identities: Identities
    privacy: Privacy
    audiences: Audiences
    keys: Keys
    limits: Limits
    catalog: Catalog
    feed: Feed
    refusals: Refusals
    health: Health
    veil: Veil
    """Between visitors and the numbers of rows."""
    simulation: Simulation | None = None
