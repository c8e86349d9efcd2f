"""How a profile came together, in words: its devices and records, the names they brought, how far each is believed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256

from console.wording import happening
from engine.domain.events import Event, Trust
from engine.ports import Engine, Identity, Link, Profile

DEVICE = "anonymous_id"
LABELS = {"email": "E-mail", "user_id": "User id", DEVICE: "Device"}
# What each trust means, for people; the first is believed least.
TRUSTS: Mapping[Trust, tuple[str, str]] = {
    Trust.CLAIMED: ("claimed", "A page said so, and anyone can say anything to a page."),
    Trust.VERIFIED: ("verified", "Proven by a token that your server has signed."),
    Trust.SERVER: ("server", "Your own server said so, with a secret key."),
}
MOST_PARTS = 12
"""So many devices are shown at first: each costs a look at the event behind it."""


@dataclass(frozen=True, slots=True)
class Part:
    """A device, or a record that a server wrote without one. `identity` is what it can be unlinked by."""

    link: Link
    identity: Identity | None
    kind: str
    """`desktop`, `mobile`, `tablet`, `device` where nothing is known of it, or `record`."""
    title: str
    why: str
    event_id: int | None

    @property
    def names(self) -> Sequence[tuple[str, str]]:
        """Give whom it names."""
        return self.link.names


@dataclass(frozen=True, slots=True)
class Name:
    """What a person is called by. `event_id` is the event that first brought it, where that is among those at hand."""

    identity: Identity
    label: str
    parts: int
    """On so many devices and records."""
    event_id: int | None

    @property
    def key(self) -> tuple[str, str]:
        """Give namespace and value."""
        return self.identity.namespace, self.identity.value


@dataclass(frozen=True, slots=True)
class Whole:
    """A profile as the join of its parts, those used last first."""

    names: Sequence[Name]
    parts: Sequence[Part]
    links: Sequence[Link]

    @property
    def devices(self) -> int:
        """Count the devices."""
        return sum(one.device is not None for one in self.links)

    @property
    def more(self) -> int:
        """Tell how many parts are not shown."""
        return len(self.links) - len(self.parts)

    @property
    def trusts(self) -> Sequence[tuple[Trust, str, str]]:
        """Explain the trusts that occur: trust, word, meaning."""
        occurring = {one.identity.trust for one in self.names} | {one.link.trust for one in self.parts if one.names}
        return [(trust, *TRUSTS[trust]) for trust in TRUSTS if trust in occurring]


def reference(identity: Identity) -> str:
    """Give what stands for an identity in addresses of pages: proxies log those, and names of people must not be."""
    return sha256(f"{identity.namespace}:{identity.value}".encode("utf-8", "surrogatepass")).hexdigest()[:16]


async def whole(engine: Engine, profile: Profile, most: int | None = MOST_PARTS) -> Whole:
    """Tell how a profile came together; of its devices and records the `most` that were used last."""
    links = sorted(await engine.identities.links(profile.id), key=lambda one: -one.last_at)
    shown = links[:most]
    events = await _events(engine, shown)
    devices = {one.value: one for one in profile.identities if one.namespace == DEVICE}
    names = [one for one in profile.identities if one.namespace != DEVICE]
    return Whole(
        [_name(one, links, events) for one in names],
        [_part(link, devices.get(link.device or ""), events.get(link.event_id or 0)) for link in shown],
        links,
    )


async def _events(engine: Engine, links: Sequence[Link]) -> dict[int, Event]:
    found = {}
    for id in {one.event_id for one in links if one.event_id is not None}:
        if (stored := await engine.profiles.event(id)) is not None:
            found[id] = stored.event
    return found


def _name(identity: Identity, links: Sequence[Link], events: Mapping[int, Event]) -> Name:
    key = (identity.namespace, identity.value)
    bringing = sorted((one for one in links if key in one.names), key=lambda one: one.at)
    known = [id for one in bringing if (id := one.event_id) is not None and id in events]
    first = next((id for id in known if _brought(events[id], key)), None)
    return Name(identity, LABELS.get(identity.namespace, identity.namespace), len(bringing), first)


def _brought(event: Event, key: tuple[str, str]) -> bool:
    return key in (("email", event.email), ("user_id", event.user_id))


def _part(link: Link, identity: Identity | None, event: Event | None) -> Part:
    kind, title = _device(event) if link.device else ("record", "Record")
    return Part(link, identity, kind, title, _cause(link, event), link.event_id if event else None)


def _device(event: Event | None) -> tuple[str, str]:
    """Say what kind of device sent an event: `Firefox on Linux`."""
    context = event.context if event else None
    if context is None:
        return "device", "Device"
    known = [part for part in (context.browser, context.system) if part]
    return context.device or "device", " on ".join(known) or "Device"


def _cause(link: Link, event: Event | None) -> str:
    """Say why a part belongs to the profile."""
    match link.cause:
        case "merge":
            return "Merged in by a server"
        case "unlink":
            return "Came with an unlinking"
        case _ if event is not None:
            return "Told by your server" if event.trust is Trust.SERVER else happening(event)
        case _:
            return f"By the event {link.cause}"
