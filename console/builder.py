"""The audience builder: its two pages, and the fragments that htmx asks for while someone builds."""

from __future__ import annotations

from dataclasses import dataclass, replace
from secrets import token_hex
from typing import Any

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from console import builder_choices as choices
from console import builder_search
from console.builder_draft import Draft, Source, agreed, draft_of, read_draft
from console.builder_preview import Look, look, mistakes, while_awaited
from console.builder_saving import Trouble, check_name, trouble_of
from console.pages import SAFE, Pages
from console.rules import MOST_NESTED, EventRule, Group, How, InAudience, Item, Rule, Written
from console.rules_form import fitted, fitted_rule, read_items
from console.types_seen import TYPE_WORDS, lost_on_rules
from engine.domain.audiences import Audience
from engine.errors import InvalidDefinition, NotFound, RollcallError
from engine.ports import Engine
from engine.seen import event_label

MOST_FIELDS = 20_000
AUTHOR = "Console"
_BLANK: dict[str, Item] = {
    "rule": Rule(),
    "condition": Rule(),
    "event": EventRule(),
    "audience": InAudience(),
    "group": Group(How.ANY, (Rule(),)),
    "written": Written(),
}


def routes(engine: Engine, pages: Pages) -> list[BaseRoute]:
    """Give the routes."""
    builder = Builder(engine, pages)
    return [
        Route("/audiences/new", builder.new, methods=["GET"]),
        Route("/audiences/new", builder.create, methods=["POST"]),
        Route("/audiences/{slug}/edit", builder.edit, methods=["GET"]),
        Route("/audiences/{slug}/edit", builder.update, methods=["POST"]),
        Route("/builder/preview", builder.preview, methods=["POST"]),
        Route("/builder/blank/{kind}", builder.blank, methods=["GET"]),
        Route("/builder/row", builder.row, methods=["POST"]),
        *builder_search.routes(engine, pages),
    ]


@dataclass(frozen=True, slots=True)
class Builder:
    """The builder over one engine."""

    engine: Engine
    pages: Pages

    async def new(self, request: Request) -> Response:
        """Show an empty builder."""
        return self._page(request, None, Draft(rows=Group(How.ALL, ())))

    async def create(self, request: Request) -> Response:
        """Make the audience, or show the form again with what is in the way."""
        draft = await self._draft(request)
        try:
            check_name(draft)
            made = await self.engine.audiences.create(draft.as_new(), author=AUTHOR)
        except RollcallError as error:
            return await self._again(request, None, draft, error)
        return _go(request, made.slug)

    async def edit(self, request: Request) -> Response:
        """Show an audience in the builder."""
        audience = self._audience(request)
        return self._page(request, audience, draft_of(audience, self.engine.catalog))

    async def update(self, request: Request) -> Response:
        """Change the audience, or show the form again with what is in the way."""
        audience = self._audience(request)
        draft = replace(await self._draft(request), slug=audience.slug)
        try:
            await self.engine.audiences.update(audience.id, draft.as_changes(AUTHOR))
        except RollcallError as error:
            return await self._again(request, audience, draft, error)
        return _go(request, audience.slug)

    async def preview(self, request: Request) -> Response:
        """Say what the rules give as they stand, and bring rows and text into step."""
        draft = agreed(await self._draft(request), self.engine.catalog)
        seen = await while_awaited(request, look(self.engine, draft))
        if seen is None:
            return Response(status_code=204)
        audience = self._edited(draft)
        if "hx-request" not in request.headers:
            return self._page(request, audience, draft, seen=seen)
        return self._render(request, "builder_preview.html", audience=audience, draft=draft, look=seen)

    async def blank(self, request: Request) -> Response:
        """Give a new row of some kind."""
        item = _BLANK.get(request.path_params["kind"])
        if item is None:
            raise NotFound("There is no such kind of rule.", ("kind",))
        return self._row(request, item, fresh=True)

    async def row(self, request: Request) -> Response:
        """Give a rule's row anew, or that of a condition on an event, fitted to what was chosen in it."""
        form = await request.form(max_files=0, max_fields=MOST_FIELDS)
        pairs = [(name, value) for name, value in form.multi_items() if isinstance(value, str)]
        item, *_ = (*read_items(pairs), Rule())
        words, event = self.engine.catalog, request.query_params.get("event")
        return self._row(request, fitted_rule(item, words, event) if isinstance(item, Rule) else fitted(item, words))

    def _audience(self, request: Request) -> Audience:
        found = self.engine.audiences.by_slug(request.path_params["slug"])
        if found is None:
            raise NotFound("There is no such audience. It may have been deleted.", ("slug",))
        return found

    def _edited(self, draft: Draft) -> Audience | None:
        return None if draft.version is None else self.engine.audiences.by_slug(draft.slug)

    async def _draft(self, request: Request) -> Draft:
        return read_draft(await request.form(max_files=0, max_fields=MOST_FIELDS), self.engine.catalog)

    async def _again(self, request: Request, audience: Audience | None, draft: Draft, error: RollcallError) -> Response:
        """Show the form again as it was filled in, with what is in the way of saving it."""
        draft = agreed(draft, self.engine.catalog)
        seen = await look(self.engine, draft)
        if isinstance(error, InvalidDefinition) and seen.is_finished:
            seen = Look(mistakes=mistakes(draft.definition, error.problems, self.engine.catalog))
        now = self.engine.audiences.by_id(audience.id) if audience else None
        trouble = trouble_of(error, draft, now, seen)
        return self._page(request, audience, draft, trouble.status, seen, trouble)

    def _row(self, request: Request, item: Item, fresh: bool = False) -> Response:
        """Show one row; one within a rule about an event is asked for with the event's name."""
        event = request.query_params.get("event") if isinstance(item, Rule) else None
        depth = _depth(request)
        return self._render(
            request, "builder_row.html", audience=None, item=item, depth=depth, fresh=fresh, event=event
        )

    def _page(
        self,
        request: Request,
        audience: Audience | None,
        draft: Draft,
        status: int = 200,
        seen: Look | None = None,
        trouble: Trouble | None = None,
    ) -> Response:
        return self._render(
            request,
            "builder.html",
            status,
            audience=audience,
            draft=draft,
            look=seen or Look(),
            loads=seen is None,
            trouble=trouble,
            errors={"name": "", "slug": ""} | dict(trouble.fields if trouble else {}),
        )

    def _render(self, request: Request, template: str, status: int = 200, **values: Any) -> Response:
        catalog = self.engine.catalog
        return self.pages.render(
            request,
            template,
            status,
            row=lambda rule, event: choices.row(rule, catalog, event),
            unseen=lambda event: choices.unseen(event, catalog),
            event_label=event_label,
            kind=lambda item: type(item).__name__,
            audiences=self.engine.audiences.all(),
            spans=choices.SPANS,
            type_words=TYPE_WORDS,
            lost_on_rules=lambda name, event: lost_on_rules(catalog.attribute(name, event)),
            nests=MOST_NESTED,
            is_day=choices.is_day,
            unique=lambda: token_hex(6),
            by_text=Source.TEXT,
            **values,
        )


def _depth(request: Request) -> int:
    depth = request.query_params.get("depth", "")
    return min(int(depth), MOST_NESTED + 1) if depth.isdecimal() else 1


def _go(request: Request, slug: str) -> Response:
    """Go to the audience's page; htmx is told so in a header, since fetch would follow a redirect by itself."""
    address = f"/console/audiences/{slug}"
    if request.headers.get("hx-request"):
        return Response(None, 204, SAFE | {"hx-redirect": address})
    return RedirectResponse(address, 303, SAFE)
