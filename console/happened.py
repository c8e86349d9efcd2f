"""The page of one event: what it said, and whom the identifiers in it lead to now."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from console.doings import doing
from console.identities import DEVICE, LABELS
from console.pages import Pages
from console.people import Face, face
from engine.domain.events import Event
from engine.errors import NotFound
from engine.ports import Engine, ProfileBy


@dataclass(frozen=True, slots=True)
class Lead:
    """An identifier of an event, and whom it leads to now, if anyone."""

    namespace: str
    label: str
    value: str
    face: Face | None


def routes(engine: Engine, pages: Pages) -> list[BaseRoute]:
    """Give the routes."""

    async def show(request: Request) -> Response:
        id = request.path_params["id"]
        stored = await engine.profiles.event(id) if id < 2**63 else None
        if stored is None:
            raise NotFound("There is no such event. Its profile may have been erased.")
        told = doing(stored, engine.keys.all())
        return pages.render(request, "event.html", one=told, leads=await leads(engine, stored.event))

    return [Route("/events/{id:int}", show)]


async def leads(engine: Engine, event: Event) -> Sequence[Lead]:
    """Tell whom the identifiers of an event lead to now; people's names first."""
    carried = [("email", event.email), ("user_id", event.user_id), (DEVICE, event.anonymous_id)]
    return [await lead(engine, namespace, value) for namespace, value in carried if value]


async def lead(engine: Engine, namespace: str, value: str) -> Lead:
    """Tell whom an identifier leads to now."""
    profile = await engine.profiles.find(ProfileBy(identity=(namespace, value)))
    return Lead(namespace, LABELS.get(namespace, namespace), value, face(profile) if profile else None)
