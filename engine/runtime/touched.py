"""Which fields an event can change: what its profile's audiences are asked about, and no more."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from engine.domain.events import Event
from engine.domain.scores import SCORE_NAMES

ALWAYS = frozenset({"first_seen_at", "last_seen_at"})
BEHAVIOUR = frozenset(
    {"visit_count", "page_view_count", "event_count", "first_visit_at", "last_visit_at"}
    | {f"score_{name}" for name in SCORE_NAMES}
)
CONTEXT = frozenset({"channels", "devices", "browsers", "systems", "referrer_domains", "languages"})
CAMPAIGN = frozenset({"utm_sources", "utm_mediums", "utm_campaigns", "utm_terms", "utm_contents"})
PERSON = frozenset({"email", "user_id", "known", "identifier_count"})
_PLAIN = ALWAYS | BEHAVIOUR | CONTEXT


def fields_touched(event: Event, carried: Iterable[tuple[str, str]], said: Collection[str]) -> frozenset[str]:
    """Give the canonical names of the fields that an event may change; `said` are the attributes in its traits."""
    touched = _PLAIN if event.is_behaviour else ALWAYS
    if event.context.campaign:
        touched |= CAMPAIGN
    if event.context.topics:
        touched |= {"affinity"}
    if any(namespace != "anonymous_id" for namespace, _ in carried):
        touched |= PERSON
    return touched.union(said)
