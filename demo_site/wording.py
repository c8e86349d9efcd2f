"""Instants, causes and events in the words a reader would use."""

from __future__ import annotations

from typing import assert_never

from console import wording
from engine.domain.audiences import Cause
from engine.domain.events import Event

_STEPS = ((86_400_000, "day", "days"), (3_600_000, "h", "h"), (60_000, "min", "min"), (1_000, "s", "s"))


def ago(at: int, now: int) -> str:
    """Tell how long ago an instant was."""
    passed = now - at
    return "just now" if passed < 2_000 else f"{span(passed)} ago"


def span(milliseconds: int) -> str:
    """Write a length of time in its largest whole unit."""
    return wording.span(milliseconds, _STEPS)


def happening(event: Event) -> str:
    """Say what someone did."""
    match event.type:
        case "page" | "screen":
            return f"Read “{_title(event)}”"
        case "identify":
            return f"Left an e-mail address: {event.email}" if event.email else "Said something about themselves"
        case "track":
            return f"{event.name}: {_thing(event)}" if _thing(event) else event.name
        case _:
            return event.name.capitalize()


def because(cause: Cause, event: Event | None) -> str:
    """Say why a membership changed."""
    match cause:
        case Cause.TIME:
            return "because time passed"
        case Cause.EVENT:
            return _because_of(event)
        case Cause.DEFINITION:
            return "because its rules changed"
        case Cause.MERGE:
            return "because this device was joined to a profile"
        case Cause.UNLINK:
            return "because this device was parted from a profile"
        case _:
            assert_never(cause)


def _because_of(event: Event | None) -> str:
    match event:
        case Event(type="page" | "screen"):
            return f"because you read “{_title(event)}”"
        case Event(type="identify", email=str()):
            return "because you left your e-mail address"
        case Event(type="track"):
            return f"because of “{event.name}”"
        case _:
            return "because of something you did"


def _title(event: Event) -> str:
    title = event.context.title or event.context.path or event.name
    return title.removesuffix(" · Saddle & Stove")


def _thing(event: Event) -> str:
    return str(event.properties.get("product", ""))
