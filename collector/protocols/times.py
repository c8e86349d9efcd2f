"""When it happened: a client's clock corrected by the server's, and never later than receipt."""

from __future__ import annotations

from dataclasses import dataclass

from engine.values import parse_time

TOLERATED = 60_000
"""Milliseconds by which clocks may differ: more is corrected by `sentAt`, and more is worth a warning."""
EARLIEST = 0
MARKS = {
    "time_corrected": "The sender's clock was off; the time was corrected by sentAt.",
    "time_in_future": "The time lay after receipt; the time of receipt was taken.",
    "time_unreadable": "The time could not be read, or lies before 1970; the time of receipt was taken. Send ISO 8601.",
}


@dataclass(frozen=True, slots=True)
class Moment:
    """When an event happened, and what was changed to know it."""

    at: int
    marks: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    """Marks worth telling the sender: all but a clock that is ahead by less than a minute."""


def moment(timestamp: object, sent_at: object, received_at: int) -> Moment:
    """Give the instant in whole milliseconds UTC. What cannot be read, or lies later than receipt, is the receipt."""
    if timestamp is None:
        return Moment(received_at)
    said, sent = instant(timestamp), instant(sent_at)
    if said is None or said < EARLIEST:
        return Moment(received_at, ("time_unreadable",), ("time_unreadable",))
    marks: tuple[str, ...] = ()
    if sent is not None and abs(received_at - sent) > TOLERATED:
        said += received_at - sent
        marks = ("time_corrected",)
    if said > received_at:
        told = (*marks, "time_in_future") if said > received_at + TOLERATED else marks
        return Moment(received_at, (*marks, "time_in_future"), told)
    return Moment(max(EARLIEST, said), marks, marks)


def instant(value: object) -> int | None:
    """Read ISO 8601 text or milliseconds since 1970; None for anything else."""
    if isinstance(value, str):
        found = parse_time(value.strip())
        return None if found is None else int(found)
    if isinstance(value, int | float) and not isinstance(value, bool) and 1e11 <= value < 1e14:
        return int(value)
    return None
