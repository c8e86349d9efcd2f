"""Segment's tracking protocol: what a page or a server sends becomes events, refusals and warnings."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from itertools import islice
from typing import Any

from collector.protocols.bots import BOT, TOLD, bot_sign
from collector.protocols.bounds import check_size, kept
from collector.protocols.calls import properties_of, traits_of
from collector.protocols.consent import consent_of
from collector.protocols.context import context_of
from collector.protocols.decoded import Complaint, Decoded, Refused, Sender
from collector.protocols.proven import Named, proven
from collector.protocols.times import MARKS, Moment, instant, moment
from engine.domain.contact import identifier, normalise_email
from engine.domain.events import BEHAVIOUR, Context, Event, Refusal, Trust
from engine.domain.traits import flatten, left_out
from engine.errors import InvalidValue

TYPES = ("page", "track", "identify", "screen", "group", "alias")
LONGEST_NAME = 200
LONGEST_MESSAGE_ID = 100
MOST_WARNINGS = 20
"""Of one event; thousands of odd traits are told by the first of them."""

SAYS = {Trust.VERIFIED: "an identity token's owner or a secret key", Trust.SERVER: "a secret key"}

ALIAS = "Kept, but alias joins nobody: send identify with that anonymousId and the userId."

_log = logging.getLogger(__name__)


def decode(items: Sequence[Any], around: Mapping[str, Any], sender: Sender) -> Decoded:
    """Decode events; `around` holds what the batch says for all of them (`sentAt`, `context`). Raises InvalidValue."""
    if not isinstance(around.get("context") or {}, dict):
        raise InvalidValue("The context of a batch is a JSON object.", ("context",))
    decoded = Decoded()
    for index, item in enumerate(items):
        try:
            reading = _Reading(item, around, sender, index)
            event = _read(reading)
        except Refused as refused:
            refuse(decoded, item, Complaint(index, refused.code, refused.path, refused.message), sender)
            continue
        if reading.bot_sign and not sender.keeps_bots:
            decoded.bots += 1
            decoded.warnings.append(Complaint(index, BOT, reading.bot_sign, TOLD))
            continue
        decoded.events.append(event)
        decoded.indexes.append(index)
        decoded.warnings += reading.warnings
    return decoded


def refuse(decoded: Decoded, item: Any, complaint: Complaint, sender: Sender) -> None:
    """Note that an event is not taken, and keep it with the reason."""
    decoded.rejected.append(complaint)
    decoded.refusals.append(
        Refusal(
            source=sender.source,
            received_at=sender.received_at,
            code=complaint.code,
            path=complaint.path,
            message=complaint.message,
            body=kept(item),
        )
    )


def _read(reading: _Reading) -> Event:
    """Read one event; one that we fail on is refused: answered 5xx, it would be sent for ever."""
    try:
        return reading.event()
    except Refused:
        raise
    except Exception:
        _log.exception("An event could not be read.")
        raise Refused("not_processed", "", "Rollcall failed on this event; its log tells more.") from None


class _Reading:
    """One event being read."""

    def __init__(self, item: Any, around: Mapping[str, Any], sender: Sender, index: int) -> None:
        if not isinstance(item, dict):
            raise Refused("not_an_object", "", "An event is a JSON object.")
        check_size(item)
        self.item: dict[str, Any] = item
        self.around = around
        self.sender = sender
        self.warnings: list[Complaint] = []
        self.index = index
        self.bot_sign: str | None = None

    def event(self) -> Event:
        """Read the whole."""
        item, sender = self.item, self.sender
        type = self._type()
        properties, traits = self._object("properties"), self._object("traits")
        context = {**(self.around.get("context") or {}), **self._object("context")}
        email = self._email({} if type == "group" else traits, properties, context.get("traits"))
        anonymous, user = self._identifier("anonymousId"), self._identifier("userId")
        if anonymous is None and user is None and email is None:
            message = "Say who: anonymousId, userId or a valid e-mail. Words like `null` or `guest` do not identify."
            raise Refused("identity_missing", "anonymousId", message)
        if type == "alias" and anonymous is None and item.get("previousId"):
            self._warn("alias_not_linked", "previousId", ALIAS)
        when, named = self._moment(), self._named(user, email)
        self.bot_sign = bot_sign(context, sender.user_agent)
        return Event(
            source=sender.source,
            message_id=self._message_id(),
            type=type,
            name=item["event"] if type == "track" else type,
            occurred_at=when.at,
            received_at=sender.received_at,
            trust=named.trust,
            anonymous_id=anonymous,
            user_id=named.user_id,
            email=named.email,
            properties=properties_of(type, item, properties, traits),
            traits=self._traits(type, traits_of(type, traits, context), named.trust),
            context=self._context(context, properties),
            marks=(*when.marks, BOT) if self.bot_sign else when.marks,
        )

    def _context(self, said: Mapping[str, Any], properties: Mapping[str, Any]) -> Context:
        consent = consent_of(said)
        for warning in consent.warnings:
            self._warn(*warning)
        gpc = self.sender.gpc or said.get("gpc") is True
        return context_of(said, properties, self.sender.user_agent, consent.purposes, gpc)

    def _named(self, user: str | None, email: str | None) -> Named:
        """Tell whom the event names, and how far that is believed."""
        if self.sender.proof is None:
            return Named(user, email, self.sender.trust)
        named = proven(user, email, self.sender.proof)
        for warning in named.warnings:
            self._warn(*warning)
        return named

    def _type(self) -> str:
        type = self.item.get("type")
        if not isinstance(type, str) or type not in TYPES:
            raise Refused("unknown_type", "type", f"The type is one of {', '.join(TYPES)}.")
        name = self.item.get("event")
        if type == "track" and (not isinstance(name, str) or not name.strip()):
            raise Refused("event_missing", "event", "A track call names its event, such as `Order Completed`.")
        if type == "track" and len(str(name)) > LONGEST_NAME:
            raise Refused("event_too_long", "event", f"The name of an event has at most {LONGEST_NAME} characters.")
        return type

    def _message_id(self) -> str:
        given = self.item.get("messageId")
        if given is None or given == "":
            return self.sender.new_id(self.index)
        if not isinstance(given, str) or len(given) > LONGEST_MESSAGE_ID or not given.isprintable():
            message = f"A messageId is printable text of at most {LONGEST_MESSAGE_ID} characters."
            raise Refused("bad_message_id", "messageId", message)
        return given

    def _object(self, name: str) -> dict[str, Any]:
        value = self.item.get(name)
        if value is None:
            return {}
        if not isinstance(value, dict):
            raise Refused("not_an_object", name, f"{name} is a JSON object.")
        return value

    def _moment(self) -> Moment:
        said, sent = self._first("timestamp", "originalTimestamp"), self._first("sentAt")
        if sent is not None and instant(sent) is None:
            self._warn("sent_at_unreadable", "sentAt", "sentAt is not ISO 8601; it corrected nothing.")
        when = moment(said, sent, self.sender.received_at)
        for mark in when.warnings:
            self._warn(mark, "timestamp", MARKS[mark])
        return when

    def _first(self, *names: str) -> Any:
        """Give what the event, else the batch, says under the first of these names."""
        found = (where.get(name) for where in (self.item, self.around) for name in names)
        return next((said for said in found if said is not None), None)

    def _identifier(self, name: str) -> str | None:
        value = self.item.get(name)
        if value is None or value == "":
            return None
        found = identifier(value)
        if found is None:
            self._warn("junk_identifier", name, f"{name} does not identify anyone and was left out.")
        return found

    def _email(self, traits: Mapping[str, Any], properties: Mapping[str, Any], context_traits: Any) -> str | None:
        nested = context_traits if isinstance(context_traits, dict) else {}
        for place, path in ((traits, "traits"), (properties, "properties"), (nested, "context.traits")):
            said = place.get("email")
            if said is None or said == "":
                continue
            found = normalise_email(said) if isinstance(said, str) else None
            if found is not None:
                return found
            self._warn("invalid_email", f"{path}.email", "This is not an e-mail address; the visitor stays as he was.")
        return None

    def _traits(self, type: str, traits: dict[str, Any], trust: Trust) -> dict[str, Any]:
        if type == "identify":
            others = {name: value for name, value in traits.items() if name != "email"} if "email" in traits else traits
            for name, reason in islice(left_out(others), MOST_WARNINGS):
                self._warn("trait_not_kept", f"traits.{name}", f"{name} {reason}.")
            for name, _ in flatten(traits) if self.sender.needs else ():
                if trust < (need := self.sender.needs.get(name, Trust.CLAIMED)):
                    self._warn("trait_not_trusted", f"traits.{name}", f"{name} counts only when {SAYS[need]} says it.")
            return traits
        if type in BEHAVIOUR and traits.keys() - {"email"}:
            self._warn("traits_not_kept", "traits", "Only identify sets traits; of these only the e-mail counted.")
        return {}

    def _warn(self, code: str, path: str, message: str) -> None:
        if len(self.warnings) < MOST_WARNINGS:
            self.warnings.append(Complaint(self.index, code, path, message))
