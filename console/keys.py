"""Keys: who may ask and send. A token is shown once, on the page that answers the form, and stands in no address."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from console.guard import STATUS
from console.pages import SAFE, Pages
from engine.domain.keys import Algorithm, Key, KeyDraft, KeyKind, NewKey, Scope
from engine.errors import InvalidValue, NotFound, RollcallError, Taken
from engine.ports import Engine

LIST = "/console/keys"
MOST_FIELDS = 20
FOR: Mapping[KeyKind, tuple[str, str]] = {
    KeyKind.WRITE: (
        "For pages",
        "Stands in your pages, for everybody to read: it appends events, and reads nothing.",
    ),
    KeyKind.SECRET: (
        "For servers",
        "Stays on your servers. Its word outranks that of pages; it reads what you allow it.",
    ),
    KeyKind.CONSOLE: ("For people", "Signs somebody in to this console, who may then do what you may."),
    KeyKind.IDENTITY: ("For proof", "Lets your server sign tokens by which its pages prove who their visitor is."),
}
SCOPES: Mapping[Scope, str] = {
    Scope.EVENTS: "send events",
    Scope.PROFILES_READ: "read profiles, their events and audiences",
    Scope.PROFILES_WRITE: "merge profiles and take identities back",
    Scope.PROFILES_ERASE: "erase profiles",
    Scope.AUDIENCES_READ: "read audiences, attributes and events seen",
    Scope.AUDIENCES_WRITE: "make, change, preview and delete audiences",
    Scope.METRICS: "read the metrics",
    Scope.SIMULATION: "move a simulated clock on",
}


def routes(engine: Engine, pages: Pages) -> list[BaseRoute]:
    """Give the routes."""
    page = KeyPages(engine, pages)
    return [
        Route("/keys", page.index, methods=["GET"]),
        Route("/keys/new", page.ask, methods=["GET"]),
        Route("/keys/new", page.make, methods=["POST"]),
        Route("/keys/{id}/rotate", page.ask_to_rotate, methods=["GET"]),
        Route("/keys/{id}/rotate", page.rotate, methods=["POST"]),
        Route("/keys/{id}/revoke", page.ask_to_revoke, methods=["GET"]),
        Route("/keys/{id}/revoke", page.revoke, methods=["POST"]),
    ]


@dataclass(frozen=True, slots=True)
class KeyPages:
    """The pages of keys."""

    engine: Engine
    pages: Pages

    async def index(self, request: Request) -> Response:
        """List every key: live ones first, the newest of them first."""
        keys = sorted(self.engine.keys.all(), key=lambda key: (not key.is_live, -key.created_at))
        return self.pages.render(request, "keys.html", keys=keys, purposes=FOR)

    async def ask(self, request: Request) -> Response:
        """Show the form for a new key of a kind."""
        return self._form(request, _kind(request.query_params.get("kind")))

    async def make(self, request: Request) -> Response:
        """Make a key and show its token, or the form again with what is wrong."""
        form = await request.form(max_files=0, max_fields=MOST_FIELDS)
        kind = _kind(_text(form, "kind"))
        try:
            new = await self.engine.keys.create(_draft(form, kind))
        except (InvalidValue, Taken) as error:
            return self._form(request, kind, form, error)
        return self._made(request, new)

    async def ask_to_rotate(self, request: Request) -> Response:
        """Ask whether the old key shall go on."""
        return self._asked_to_rotate(request, self._live(request))

    async def rotate(self, request: Request) -> Response:
        """Make a second key and show its token, or the question again with what is wrong."""
        key = self._live(request)
        form = await request.form(max_files=0, max_fields=MOST_FIELDS)
        public_key = _text(form, "public_key").strip() or None
        revoke_old = _text(form, "old") == "revoke"
        try:
            new = await self.engine.keys.rotate(key.kind, key.name, revoke_old, public_key)
        except (InvalidValue, Taken) as error:
            return self._asked_to_rotate(request, key, error)
        return self._made(request, new)

    async def ask_to_revoke(self, request: Request) -> Response:
        """Ask, and say what it means."""
        key = self._live(request)
        others = [one for one in self._all_named(key) if one.id != key.id]
        return self.pages.render(request, "key_revoke.html", key=key, others=others, purpose=FOR[key.kind][0])

    async def revoke(self, request: Request) -> Response:
        """Let a key open nothing from now on."""
        await self.engine.keys.revoke(self._live(request).id)
        return RedirectResponse(LIST, 303, SAFE)

    def _form(
        self, request: Request, kind: KeyKind, form: FormData | None = None, error: RollcallError | None = None
    ) -> Response:
        return self.pages.render(
            request,
            "key_new.html",
            200 if error is None else STATUS[type(error)],
            kind=kind,
            purposes=FOR,
            scopes=SCOPES,
            algorithms=list(Algorithm),
            given={name: _text(form, name) for name in ("name", "origins", "algorithm", "public_key")},
            chosen=set(SCOPES) if form is None else set(form.getlist("scope")),
            error=None if error is None else error.message,
        )

    def _asked_to_rotate(self, request: Request, key: Key, error: RollcallError | None = None) -> Response:
        return self.pages.render(
            request,
            "key_rotate.html",
            200 if error is None else STATUS[type(error)],
            key=key,
            has_public_key=key.algorithm not in (None, Algorithm.HS256),
            error=None if error is None else error.message,
        )

    def _made(self, request: Request, new: NewKey) -> Response:
        return self.pages.render(request, "key_made.html", 201, new=new, purpose=FOR[new.key.kind][0])

    def _live(self, request: Request) -> Key:
        """Give the live key of a page's address; one from the settings cannot be changed here. Raises NotFound."""
        key = self.engine.keys.live(request.path_params["id"])
        if key is None or key.from_settings:
            raise NotFound("There is no such key that is live and can be changed here.")
        return key

    def _all_named(self, key: Key) -> list[Key]:
        return [one for one in self.engine.keys.all() if one.is_live and (one.kind, one.name) == (key.kind, key.name)]


def _draft(form: FormData, kind: KeyKind) -> KeyDraft:
    scopes = frozenset(one for one in Scope if one in form.getlist("scope"))
    algorithm = _text(form, "algorithm")
    return KeyDraft(
        kind=kind,
        name=_text(form, "name"),
        scopes=scopes if kind is KeyKind.SECRET else None,
        origins=tuple(_text(form, "origins").split()) if kind is KeyKind.WRITE else (),
        algorithm=Algorithm(algorithm) if kind is KeyKind.IDENTITY and algorithm in set(Algorithm) else None,
        public_key=(_text(form, "public_key").strip() or None) if kind is KeyKind.IDENTITY else None,
    )


def _kind(text: str | None) -> KeyKind:
    return KeyKind(text) if text in set(KeyKind) else KeyKind.WRITE


def _text(form: FormData | None, name: str) -> str:
    value = None if form is None else form.get(name)
    return value if isinstance(value, str) else ""
