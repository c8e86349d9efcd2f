"""What an identity token makes of whom an event names: proven, or no more than the claim that it was."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from engine.domain.events import Trust
from engine.domain.keys import Proof


@dataclass(frozen=True, slots=True)
class Named:
    """Whom an event names, and how far that is believed."""

    user_id: str | None
    email: str | None
    trust: Trust
    warnings: Sequence[tuple[str, str, str]] = ()
    """Code, path, message."""


def proven(user_id: str | None, email: str | None, proof: Proof) -> Named:
    """Believe the names that the proof speaks of and leave out the others; an event that names nobody of it, or
    somebody else, stays what it was."""
    pairs = (("userId", user_id, proof.user_id), ("email", email, proof.email))
    against = [path for path, said, shown in pairs if said and shown and said != shown]
    if against:
        return Named(user_id, email, Trust.CLAIMED, [("token_contradicted", path, _CONTRADICTED) for path in against])
    if not any(said and said == shown for _, said, shown in pairs):
        return Named(user_id, email, Trust.CLAIMED)
    beside = [("name_not_proven", path, _NOT_PROVEN) for path, said, shown in pairs if said and not shown]
    return Named(user_id if proof.user_id else None, email if proof.email else None, Trust.VERIFIED, beside)


_CONTRADICTED = "The identity token names somebody else; this event counts as a claim without it."
_NOT_PROVEN = "The identity token does not speak of this name; it was left out."
