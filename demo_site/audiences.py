"""The magazine's own audiences. They ask for nothing but built-in fields, so that an empty database takes them."""

from __future__ import annotations

from demo_site.magazine import TOPICS
from engine.domain.audiences import AudienceDraft


def demo_audiences() -> list[AudienceDraft]:
    """Give the audiences that the pages ask for, and two for the people of the magazine alone."""
    return [*(_fans(topic) for topic in TOPICS), _reachable_cyclists(), _lost_readers()]


def _fans(topic: str) -> AudienceDraft:
    return AudienceDraft(
        name=f"{topic.capitalize()} fans",
        slug=f"{topic}_fans",
        definition=f"affinity.{topic} > 0.3",
        description=f"Keeps coming back to stories about {topic}; the front page leads with it.",
        personalizable=True,
        tags=("demo", "interest"),
    )


def _reachable_cyclists() -> AudienceDraft:
    return AudienceDraft(
        name="Cyclists we can write to",
        slug="reachable_cyclists",
        definition="AND (INCLUDE cycling_fans, EXISTS email)",
        description="For the spring letter about gravel.",
        tags=("demo", "letter"),
    )


def _lost_readers() -> AudienceDraft:
    return AudienceDraft(
        name="Readers we are losing",
        slug="lost_readers",
        definition='AND (EXISTS email, visit_count >= 5, last_visit_at < "now-21d")',
        description="Came often, left an address, and has been silent for three weeks. People enter by time alone.",
        tags=("demo", "win back"),
    )
