"""What someone who types in the builder is offered: attributes, events, properties of an event, values seen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from console.builder_choices import Choice, attribute_choice, event_choice, property_choice
from console.pages import Pages
from engine.ports import Engine

MOST_CHOICES = 40
LONGEST = 200


def routes(engine: Engine, pages: Pages) -> list[BaseRoute]:
    """Give the routes."""
    search = Search(engine, pages)
    return [
        Route("/builder/attributes", search.attributes, methods=["GET"]),
        Route("/builder/events", search.events, methods=["GET"]),
        Route("/builder/properties", search.properties, methods=["GET"]),
        Route("/builder/values", search.values, methods=["GET"]),
    ]


@dataclass(frozen=True, slots=True)
class Search:
    """Searches over what one engine has seen."""

    engine: Engine
    pages: Pages

    async def attributes(self, request: Request) -> Response:
        """Give the attributes that a search finds."""
        typed = _typed(request)
        found = [attribute_choice(one, typed) for one in self.engine.catalog.search(typed, MOST_CHOICES)]
        nothing = f"No attribute is called “{typed}”." if typed else "No attribute is known yet."
        return self._offer(request, "attribute", found, f"{nothing} Attributes appear here once events bring them.")

    async def events(self, request: Request) -> Response:
        """Give the events that a search finds, and what was typed itself: it may be still to come."""
        typed = _typed(request)
        found = [event_choice(one) for one in self.engine.catalog.events(typed, MOST_CHOICES)]
        nothing = "No events have been seen yet. Type the name of one that is to come."
        return self._offer(request, "event", _with_typed(found, typed, "never seen yet"), nothing)

    async def properties(self, request: Request) -> Response:
        """Give the properties of an event that a search finds, and what was typed itself."""
        typed, event = _typed(request), request.query_params.get("event", "")
        found = [property_choice(one) for one in self.engine.catalog.properties(event, typed, MOST_CHOICES)]
        return self._offer(request, "property", _with_typed(found, typed, "never seen with this event"), "")

    async def values(self, request: Request) -> Response:
        """Give the commonest values of an attribute, or of a property, that begin like what was typed."""
        asked = request.query_params
        typed, event = asked.get("value") or asked.get("key") or "", asked.get("event")
        found = await self.engine.catalog.top_values(asked.get("field", ""), typed[:LONGEST], MOST_CHOICES, event)
        noun = ("person", "people") if event is None else ("event", "events")
        return self.pages.render(request, "builder_values.html", values=found, noun=noun)

    def _offer(self, request: Request, kind: str, choices: Sequence[Choice], nothing: str) -> Response:
        return self.pages.render(request, "builder_choices.html", kind=kind, choices=choices, nothing=nothing)


def _typed(request: Request) -> str:
    return request.query_params.get("search", "")[:LONGEST].strip()


def _with_typed(found: Sequence[Choice], typed: str, said: str) -> Sequence[Choice]:
    is_found = not typed or any(typed in (one.name, one.label) for one in found)
    return found if is_found else [*found, Choice(typed, typed, "", said)]
