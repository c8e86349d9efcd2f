"""What any protocol makes of a request: events, refusals and warnings."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from engine.domain.events import Event, Refusal, Trust
from engine.domain.keys import Proof


@dataclass(frozen=True, slots=True)
class Sender:
    """What the server knows of a request, whatever its body says."""

    source: str
    trust: Trust
    received_at: int
    user_agent: str
    new_id: Callable[[int], str]
    """Gives a message id to the event at an index that brought none."""
    needs: Mapping[str, Trust] = field(default_factory=dict)
    """Attributes that want more trust than a claim's."""
    proof: Proof | None = None
    """Who the visitor is, by the identity token of the request."""
    gpc: bool = False
    """Whether the visitor's browser sent Global Privacy Control (`Sec-GPC: 1`)."""
    keeps_bots: bool = True
    """Whether events of crawlers and automated browsers are kept, marked."""


@dataclass(frozen=True, slots=True)
class Complaint:
    """What is wrong with one event: refused, or accepted with a change."""

    index: int
    code: str
    path: str
    message: str


@dataclass(slots=True)
class Decoded:
    """What a request brought."""

    events: list[Event] = field(default_factory=list)
    indexes: list[int] = field(default_factory=list)
    """Position of each event in the request."""
    rejected: list[Complaint] = field(default_factory=list)
    warnings: list[Complaint] = field(default_factory=list)
    refusals: list[Refusal] = field(default_factory=list)
    bots: int = 0
    """How many events were left out because no person sent them."""


class Refused(Exception):
    """An event that cannot be accepted."""

    def __init__(self, code: str, path: str, message: str) -> None:
        super().__init__(message)
        self.code, self.path, self.message = code, path, message
