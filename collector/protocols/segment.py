"""Segment's tracking protocol: what a page or a server sends becomes events, refusals and warnings."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import msgspec

from collector.limits import LARGEST_EVENT, MOST_EVENTS
from collector.protocols.context import context_of
from collector.protocols.times import moment
from engine.domain.contact import identifier, normalise_email
from engine.domain.events import Event, Refusal, Trust
from engine.domain.profiles import is_reserved

TYPES = ("page", "track", "identify", "screen", "group", "alias")
LONGEST_NAME = 200
LONGEST_MESSAGE_ID = 100
KEPT_OF_REFUSED = 4_000
_encode = msgspec.json.encode

MARKS = {
    "time_corrected": "The sender's clock was off; the time was corrected by sentAt.",
    "time_in_future": "The time lay after receipt; the time of receipt was taken.",
    "time_unreadable": "The time could not be read; the time of receipt was taken. Send ISO 8601.",
}


@dataclass(frozen=True, slots=True)
class Complaint:
    """What is wrong with one event: refused, or accepted with a change."""

    index: int
    code: str
    path: str
    message: str


@dataclass(frozen=True, slots=True)
class Sender:
    """What the server knows of a request, whatever its body says."""

    source: str
    trust: Trust
    received_at: int
    user_agent: str
    new_id: Callable[[], str]


@dataclass(slots=True)
class Decoded:
    """What a request brought."""

    events: list[Event] = field(default_factory=list)
    indexes: list[int] = field(default_factory=list)
    """Position of each event in the request."""
    rejected: list[Complaint] = field(default_factory=list)
    warnings: list[Complaint] = field(default_factory=list)
    refusals: list[Refusal] = field(default_factory=list)


class Refused(Exception):
    """An event that cannot be accepted."""

    def __init__(self, code: str, path: str, message: str) -> None:
        super().__init__(message)
        self.code, self.path, self.message = code, path, message


def decode(items: Sequence[Any], around: Mapping[str, Any], sender: Sender) -> Decoded:
    """Decode events; `around` holds what the batch says for all of them (`sentAt`, `context`)."""
    decoded = Decoded()
    for index, item in enumerate(items):
        try:
            if index >= MOST_EVENTS:
                raise Refused("too_many", "", f"A batch holds at most {MOST_EVENTS} events.")
            event = _Reading(item, around, sender, decoded.warnings, index).event()
        except Refused as refused:
            complaint = Complaint(index, refused.code, refused.path, refused.message)
            decoded.rejected.append(complaint)
            decoded.refusals.append(_refusal(item, complaint, sender))
            continue
        decoded.events.append(event)
        decoded.indexes.append(index)
    return decoded


class _Reading:
    """One event being read."""

    def __init__(
        self, item: Any, around: Mapping[str, Any], sender: Sender, warnings: list[Complaint], index: int
    ) -> None:
        if not isinstance(item, dict):
            raise Refused("not_an_object", "", "An event is a JSON object.")
        if len(_encode(item)) > LARGEST_EVENT:
            raise Refused("too_large", "", f"An event is at most {LARGEST_EVENT // 1024} KB.")
        self.item: dict[str, Any] = item
        self.around = around
        self.sender = sender
        self.warnings = warnings
        self.index = index

    def event(self) -> Event:
        """Read the whole."""
        item, sender = self.item, self.sender
        type = self._type()
        properties = self._object("properties")
        traits = self._object("traits")
        context = {**_dict(self.around.get("context")), **self._object("context")}
        context_traits = _dict(context.get("traits"))
        when = moment(item.get("timestamp", item.get("originalTimestamp")), self._sent_at(), sender.received_at)
        if when.mark is not None:
            self._warn(when.mark, "timestamp", MARKS[when.mark])
        email = self._email(traits, properties, context_traits)
        anonymous, user = self._identifier("anonymousId"), self._identifier("userId")
        if anonymous is None and user is None and email is None:
            message = "Say who: anonymousId, userId or a valid e-mail. Words like `null` or `guest` do not identify."
            raise Refused("identity_missing", "anonymousId", message)
        return Event(
            source=sender.source,
            message_id=self._message_id(),
            type=type,
            name=self._name(type),
            occurred_at=when.at,
            received_at=sender.received_at,
            trust=sender.trust,
            anonymous_id=anonymous,
            user_id=user,
            email=email,
            properties=properties,
            traits=self._traits(traits) if type == "identify" else {},
            context=context_of(context, properties, sender.user_agent),
            marks=() if when.mark is None else (when.mark,),
        )

    def _type(self) -> str:
        type = self.item.get("type")
        if not isinstance(type, str) or type not in TYPES:
            raise Refused("unknown_type", "type", f"The type is one of {', '.join(TYPES)}.")
        return type

    def _name(self, type: str) -> str:
        if type != "track":
            return type
        name = self.item.get("event")
        if not isinstance(name, str) or not name.strip():
            raise Refused("event_missing", "event", "A track call names its event, such as `Order Completed`.")
        if len(name) > LONGEST_NAME:
            raise Refused("event_too_long", "event", f"The name of an event has at most {LONGEST_NAME} characters.")
        return name

    def _message_id(self) -> str:
        given = self.item.get("messageId")
        if given is None or given == "":
            return self.sender.new_id()
        if not isinstance(given, str) or len(given) > LONGEST_MESSAGE_ID:
            raise Refused(
                "bad_message_id", "messageId", f"A messageId is text of at most {LONGEST_MESSAGE_ID} characters."
            )
        return given

    def _object(self, name: str) -> dict[str, Any]:
        value = self.item.get(name)
        if value is None:
            return {}
        if not isinstance(value, dict):
            raise Refused("not_an_object", name, f"{name} is a JSON object.")
        return value

    def _sent_at(self) -> Any:
        return self.item.get("sentAt", self.around.get("sentAt"))

    def _identifier(self, name: str) -> str | None:
        value = self.item.get(name)
        if value is None or value == "":
            return None
        found = identifier(value)
        if found is None:
            self._warn("junk_identifier", name, f"{name} does not identify anyone and was left out.")
        return found

    def _email(self, *places: Mapping[str, Any]) -> str | None:
        for place, path in zip(places, ("traits.email", "properties.email", "context.traits.email"), strict=True):
            said = place.get("email")
            if said is None or said == "":
                continue
            found = normalise_email(said) if isinstance(said, str) else None
            if found is not None:
                return found
            self._warn("invalid_email", path, "This is not an e-mail address; the visitor stays as he was.")
        return None

    def _traits(self, traits: Mapping[str, Any]) -> dict[str, Any]:
        for name in traits:
            if is_reserved(name) and name != "email":
                self._warn(
                    "reserved_name", f"traits.{name}", f"{name} is a name of the house; this trait was left out."
                )
        return dict(traits)

    def _warn(self, code: str, path: str, message: str) -> None:
        self.warnings.append(Complaint(self.index, code, path, message))


def _dict(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _refusal(item: Any, complaint: Complaint, sender: Sender) -> Refusal:
    return Refusal(
        source=sender.source,
        received_at=sender.received_at,
        code=complaint.code,
        path=complaint.path,
        message=complaint.message,
        body=_encode(item).decode()[:KEPT_OF_REFUSED],
    )
