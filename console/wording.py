"""Instants, numbers, causes and events in the words of a person who builds audiences."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import assert_never

from markupsafe import Markup

from engine.domain.audiences import Cause
from engine.domain.events import Event
from engine.values import format_time, parse_time

_STEPS = (
    (365 * 86_400_000, "year", "years"),
    (30 * 86_400_000, "month", "months"),
    (86_400_000, "day", "days"),
    (3_600_000, "hour", "hours"),
    (60_000, "minute", "minutes"),
    (1_000, "second", "seconds"),
)


def ago(at: int, now: int) -> str:
    """Tell how far an instant is from now: `3 days ago`, `in 2 hours`."""
    away = abs(now - at)
    if away < 2_000:
        return "just now"
    return f"{span(away)} ago" if at < now else f"in {span(away)}"


def span(milliseconds: int, steps: Sequence[tuple[int, str, str]] = _STEPS) -> str:
    """Write a length of time in its largest whole unit of `steps`: milliseconds, name of one, name of several."""
    size, one, several = next((step for step in steps if milliseconds >= step[0]), steps[-1])
    amount = milliseconds // size
    return f"{amount} {one if amount == 1 else several}"


def utc(at: int) -> str:
    """Write an instant for people, in UTC."""
    return datetime.fromtimestamp(at / 1000, UTC).strftime("%-d %b %Y, %H:%M:%S UTC")


def iso(at: int) -> str:
    """Write an instant for machines."""
    return format_time(at)


def instant(value: object) -> int | None:
    """Read a value that is an instant written for machines, and nothing else."""
    return parse_time(value) if isinstance(value, str) and len(value) > len("2026-01-01") else None


def count(number: int) -> str:
    """Write a whole number with separators."""
    return f"{number:,}"


def breakable(text: str) -> Markup:
    """Let a line of HTML break an e-mail address after its @ before it breaks anywhere else."""
    return Markup("@<wbr>").join(text.split("@"))


def percent(part: int, whole: int) -> str:
    """Write a share so that nobody looks like nothing and almost all not like all."""
    if part <= 0 or whole <= 0:
        return "0 %"
    share = 100 * part / whole
    if share < 1:
        return "under 1 %"
    return "over 99 %" if 99 < share < 100 else f"{share:.0f} %"


def happening(event: Event) -> str:
    """Say what someone did."""
    match event.type:
        case "page" | "screen":
            return f"Viewed {_page(event)}"
        case "identify":
            return f"Gave an e-mail address: {event.email}" if event.email else "Told something about themselves"
        case _:
            return event.name


def _page(event: Event) -> str:
    named = event.context.title or event.context.path or event.properties.get("title")
    return f"“{named}”" if named else f"a {event.type}"


def because(cause: Cause, event: Event | None) -> str:
    """Say why a membership changed."""
    match cause:
        case Cause.EVENT:
            return happening(event) if event else "Something they did"
        case Cause.TIME:
            return "Time passed"
        case Cause.DEFINITION:
            return "The audience's rules changed"
        case Cause.MERGE:
            return "A device was joined to this profile"
        case Cause.UNLINK:
            return "A device was parted from this profile"
        case _:
            assert_never(cause)
