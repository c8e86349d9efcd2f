"""When it happened: a client's clock corrected by the server's, and never later than receipt."""

from __future__ import annotations

from dataclasses import dataclass

from engine.values import parse_time

TOLERATED = 60_000
"""Milliseconds by which the clocks may differ before the client's is corrected."""
EARLIEST = 0


@dataclass(frozen=True, slots=True)
class Moment:
    """When an event happened, and what was changed to know it."""

    at: int
    mark: str | None = None


def moment(timestamp: object, sent_at: object, received_at: int) -> Moment:
    """Give the instant in whole milliseconds UTC. What cannot be read, or lies later than receipt, is the receipt."""
    if timestamp is None:
        return Moment(received_at)
    said = _instant(timestamp)
    if said is None or said < EARLIEST:
        return Moment(received_at, "time_unreadable")
    sent = _instant(sent_at)
    mark = None
    if sent is not None and abs(received_at - sent) > TOLERATED:
        said += received_at - sent
        mark = "time_corrected"
    if said > received_at:
        return Moment(received_at, "time_in_future" if mark is None and said > received_at + TOLERATED else mark)
    return Moment(max(EARLIEST, said), mark)


def _instant(value: object) -> int | None:
    if isinstance(value, str):
        instant = parse_time(value.strip())
        return None if instant is None else int(instant)
    if isinstance(value, int | float) and not isinstance(value, bool) and 1e11 <= value < 1e14:
        return int(value)
    return None
