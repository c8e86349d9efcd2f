"""The page of one profile: who it is, how it scores, where it belongs and why, what it did."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import zip_longest

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from console.changes import passages
from console.conflicts import told
from console.doings import doing
from console.happened import Lead, lead
from console.identities import MOST_PARTS, whole
from console.join_picture import picture
from console.pages import SAFE, Pages
from console.paging import window
from console.parting import is_possible
from console.people import asked_for, called, face
from engine.domain.audiences import Audience
from engine.language.explain import Explanation
from engine.ports import Engine, Profile

# In the order in which a marketer reads them; each with what it means.
SCORES = {
    "momentum": "Active lately, against the usual",
    "frequency": "How often they come",
    "recency": "How lately they came",
    "intensity": "How much they do in a visit",
    "quantity": "All they ever did",
    "consistency": "How regularly they come",
    "maturity": "How long we know them",
    "volatility": "How much visits differ",
    "propensity": "Will be back within 30 days",
}
MOST_EXPLAINED = 100
MOST_TOPICS = 10
MOST_CONFLICTS = 5
MOST_APART = 20


@dataclass(frozen=True, slots=True)
class Belonging:
    """One audience of a profile; without `why` where there are too many to explain at once."""

    audience: Audience
    since: int
    why: Explanation | None


def routes(engine: Engine, pages: Pages) -> list[BaseRoute]:
    """Give the routes."""
    page = ProfilePage(engine, pages)
    return [Route("/profiles/{id:int}", page.show), Route("/profiles/{id:int}/why", page.why)]


@dataclass(frozen=True, slots=True)
class ProfilePage:
    """The page of one profile, and the page that explains one membership."""

    engine: Engine
    pages: Pages

    async def show(self, request: Request) -> Response:
        """Show all there is; a profile that has become part of another one leads there."""
        engine = self.engine
        profile = await asked_for(engine, request)
        if profile.id != request.path_params["id"]:
            return RedirectResponse(f"/console/profiles/{profile.id}", 303, SAFE)
        named = request.query_params.get("event")
        events = await engine.profiles.events(profile.id, window(request, "events_", 15), [named] if named else None)
        history = await engine.profiles.history(profile.id, window(request, "history_", 10))
        known = {stored.id: stored.event for stored in events.items}
        keys = engine.keys.all()
        every = request.query_params.get("parts") == "all"
        joined = await whole(engine, profile, None if every else MOST_PARTS)
        return self.pages.render(
            request,
            "profile.html",
            profile=profile,
            joined=joined,
            picture=picture(joined),
            apart=await self._apart(profile),
            conflicts=await told(engine, await engine.refusals.conflicts(MOST_CONFLICTS + 1, profile_id=profile.id)),
            unlinkable=[one for one in profile.identities if is_possible(profile, one, joined.links)],
            face=face(profile),
            called=called(profile),
            scores=[(name, hint, profile.scores.get(name)) for name, hint in SCORES.items()],
            topics=list(profile.affinities.items())[:MOST_TOPICS],
            more_topics=max(0, len(profile.affinities) - MOST_TOPICS),
            belongings=await _belongings(engine, profile),
            audiences=engine.audiences.all(),
            history=history,
            passages=await passages(engine, history.items, known),
            events=events,
            named=named,
            doings=[doing(stored, keys) for stored in events.items],
        )

    async def _apart(self, profile: Profile) -> Sequence[tuple[Lead, Sequence[str]]]:
        """Tell what no claim joins to the profile again, and from which of its own identities it is kept."""
        found: dict[tuple[str, str], list[str]] = {}
        for own, other in await self.engine.identities.apart(profile.id):
            found.setdefault(other, []).append(own[1])
        return [(await lead(self.engine, *other), own) for other, own in list(found.items())[:MOST_APART]]

    async def why(self, request: Request) -> Response:
        """Explain why someone is, or is not, in an audience."""
        profile = await asked_for(self.engine, request)
        slug = request.query_params.get("audience", "")
        return self.pages.render(
            request,
            "why.html",
            profile=profile,
            face=face(profile),
            why=await self.engine.profiles.explain(profile.id, slug),
            audience=self.engine.audiences.by_slug(slug),
            since=next((one.since for one in profile.audiences if one.audience.slug == slug), None),
        )


async def _belongings(engine: Engine, profile: Profile) -> Sequence[Belonging]:
    explained = [one.audience.slug for one in profile.audiences[:MOST_EXPLAINED]]
    why = await engine.profiles.explanations(profile.id, explained)
    return [Belonging(one.audience, one.since, told) for one, told in zip_longest(profile.audiences, why)]
