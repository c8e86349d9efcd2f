"""To what people agreed: one attribute for each purpose, `consent.analytics`, kept like any other last value."""

from __future__ import annotations

from collections.abc import Mapping

from engine.domain.events import Event

PREFIX = "consent."
"""What the names of these attributes begin with; traits cannot set them."""
SALE = "sale"
"""The purpose that Global Privacy Control speaks of: to sell or share what is known."""


def consents(event: Event) -> Mapping[str, bool]:
    """Give what an event says of consent, by the attribute's name.

    A browser that sends Global Privacy Control says no to sale, unless the same event says itself what holds."""
    context = event.context
    if not (context.consent or context.gpc):
        return {}
    said = {SALE: False, **context.consent} if context.gpc else context.consent
    return {PREFIX + purpose: agreed for purpose, agreed in said.items()}
