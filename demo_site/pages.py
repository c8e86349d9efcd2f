"""The magazine's pages. All of them are the same for everyone; what differs comes from the tag or from `/demo/…`."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import HTMLResponse

from demo_site import magazine
from demo_site.question import ask
from engine.ports import Engine

PRIVATE = {"cache-control": "private, no-store"}
SAFE = {
    "content-security-policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    "referrer-policy": "strict-origin-when-cross-origin",
    "x-content-type-options": "nosniff",
}

ME = """query ForYou {
  me {
    known
    email
    affinities(first: 4) { topic strength }
    audiences(first: 20) { edges { since node { slug name } } }
  }
}"""

READERS = """query Readers($slug: String!) {
  audience(by: {slug: $slug}) { name size }
}"""


def _templates() -> Environment:
    loader = PackageLoader("demo_site")
    return Environment(loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)


@dataclass(frozen=True, slots=True)
class Pages:
    """Every page, over one engine."""

    engine: Engine
    write_key: str
    secret_key: str
    templates: Environment = field(default_factory=_templates)

    async def home(self, request: Request) -> HTMLResponse:
        """Show the front page, personalised by the tag alone."""
        return self._page("home.html", stories=magazine.STORIES, products=magazine.PRODUCTS[:4])

    async def story(self, request: Request) -> HTMLResponse:
        """Show one story with its topics as keywords."""
        found = magazine.story(request.path_params["slug"])
        if found is None:
            return self._page("missing.html", 404)
        return self._page(f"stories/{found.slug}.html", story=found, more=magazine.beside(found))

    async def shop(self, request: Request) -> HTMLResponse:
        """Show what there is to buy."""
        return self._page("shop.html", products=magazine.PRODUCTS)

    async def newsletter(self, request: Request) -> HTMLResponse:
        """Show the newsletter's own page."""
        return self._page("newsletter.html")

    async def for_you(self, request: Request) -> HTMLResponse:
        """Show the page whose middle the server chooses, before it knows for whom."""
        return self._page("for_you.html", stories=magazine.STORIES[:3], query=ME)

    async def chosen(self, request: Request) -> HTMLResponse:
        """Choose stories for the visitor who proves himself, by what GraphQL says of him."""
        answer = await ask(request.app, ME, request.headers.get("authorization", ""))
        me = answer.data.get("me") or {}
        interests = {one["topic"]: one["strength"] for one in me.get("affinities", ())}
        return self.fragment(
            "chosen.html",
            me=me,
            interests=interests,
            stories=magazine.by_interest(interests)[:3],
            readers=await self._readers(request, next(iter(interests), "")),
            status=answer.status,
        )

    async def _readers(self, request: Request, topic: str) -> dict[str, Any] | None:
        """Ask, as the server itself, how many share the strongest interest."""
        if not topic:
            return None
        answer = await ask(request.app, READERS, f"Bearer {self.secret_key}", {"slug": f"{topic}_fans"})
        return answer.data.get("audience")

    def fragment(self, template: str, **values: Any) -> HTMLResponse:
        """Render a piece for one visitor, never stored anywhere."""
        return HTMLResponse(self.templates.get_template(template).render(values), headers=PRIVATE | SAFE)

    def _page(self, template: str, status: int = 200, **values: Any) -> HTMLResponse:
        simulated = self.engine.simulation is not None
        values |= {"write_key": self.write_key, "simulated": simulated, "topics": magazine.TOPICS}
        return HTMLResponse(self.templates.get_template(template).render(values), status, SAFE)
