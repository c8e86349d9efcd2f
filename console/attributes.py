"""The catalog: what rules can ask about, what it means, of which types its values are, and who asks about it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from console.builder_choices import attribute_choice, is_built_in
from console.pages import Pages
from console.paging import number
from console.types_seen import TYPE_WORDS, kinds, lost_on_rules
from engine.errors import NotFound
from engine.ports import Engine
from engine.seen import AttributeSeen
from engine.values import FieldType

SIZE = 100
MOST_VALUES = 20
KINDS: Mapping[str, tuple[str, Callable[[AttributeSeen], bool]]] = {
    "": ("All", lambda one: True),
    "yours": ("Yours", lambda one: not is_built_in(one)),
    "built_in": ("Built in", is_built_in),
    "conflict": ("In conflict", lambda one: bool(one.conflicting)),
}
_PERSONAL = frozenset({"email", "user_id", "device_ids"})
"""Each of their values is somebody's own, so none is common."""


def routes(engine: Engine, pages: Pages) -> list[BaseRoute]:
    """Give the routes."""
    catalog = Attributes(engine, pages)
    return [Route("/attributes", catalog.index), Route("/attributes/about", catalog.about)]


@dataclass(frozen=True, slots=True)
class Attributes:
    """The catalog's pages over one engine."""

    engine: Engine
    pages: Pages

    async def index(self, request: Request) -> Response:
        """List attributes: those of one's own before those that are built in, or what a search finds, best first."""
        given = request.query_params
        text, kind = given.get("q", "").strip()[:200], given.get("kind", "")
        kind = kind if kind in KINDS else ""
        found = [one for one in self.engine.catalog.search(text, None) if KINDS[kind][1](one)]
        if not text:
            found.sort(key=is_built_in)
        at = number(request, len(found) // SIZE + 1)
        return self.pages.render(
            request,
            "attributes.html",
            found=[(one, attribute_choice(one)) for one in found[(at - 1) * SIZE : at * SIZE]],
            total=len(found),
            number=at,
            has_next=at * SIZE < len(found),
            text=text,
            kind=kind,
            kinds={key: label for key, (label, _) in KINDS.items()},
        )

    async def about(self, request: Request) -> Response:
        """Tell all of one attribute, named in the query since a name may hold any character."""
        one = self.engine.catalog.attribute(request.query_params.get("name", ""))
        if one is None:
            raise NotFound("There is no such attribute. It may not have come with any event yet.", ("name",))
        return self.pages.render(
            request,
            "attribute.html",
            one=one,
            choice=attribute_choice(one),
            built_in=is_built_in(one),
            kinds=kinds(one),
            lost=lost_on_rules(one, "in rules"),
            values=await self._values(one),
            uses=self.engine.catalog.uses(one.field.name),
            type_words=TYPE_WORDS,
        )

    async def _values(self, one: AttributeSeen) -> Sequence[tuple[Any, int]]:
        if one.field.type is FieldType.TIME or one.field.name in _PERSONAL:
            return ()
        return await self.engine.catalog.top_values(one.field.name, first=MOST_VALUES)
