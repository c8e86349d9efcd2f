"""Signing in with a console token, and out again."""

from __future__ import annotations

import time
from dataclasses import dataclass, field

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from console.links import inside
from console.pages import SAFE, Pages
from console.sessions import LASTS_FOR, Sessions
from console.slowdown import Slowdown
from engine.domain.keys import KeyKind

SIGN_IN = "/console/sign-in"
OPEN = frozenset({SIGN_IN})
LONGEST_TOKEN = 200
WRONG = "This is not a console token of this house. Tokens begin with ct_ and are shown once, when they are made."


@dataclass(frozen=True, slots=True)
class Entrance:
    """The one way in: a token for a session."""

    pages: Pages
    sessions: Sessions = field(default_factory=lambda: Sessions(time.monotonic))
    slowdown: Slowdown = field(default_factory=lambda: Slowdown(time.monotonic))

    def signed_in(self, request: Request) -> bool:
        """Tell whether the request carries a session of a key that is live."""
        key_id = self.sessions.key_of(request.cookies.get(self._cookie(request), ""))
        key = None if key_id is None else self.pages.engine.keys.live(key_id)
        return key is not None and key.kind is KeyKind.CONSOLE

    async def ask(self, request: Request) -> Response:
        """Show the sign-in page, or go on for who is signed in already."""
        back = inside(request.query_params.get("next"))
        if request.state.signed_in:
            return RedirectResponse(back, 303, SAFE)
        return self.pages.render(request, "sign_in.html", back=back, error="")

    async def enter(self, request: Request) -> Response:
        """Look at a token; a wrong one costs the address time."""
        form = await request.form(max_files=0, max_fields=5)
        back = inside(_text(form.get("next")))
        address = request.client.host if request.client else "unknown"
        if wait := self.slowdown.wait(address):
            return self._closed(request, back, wait)
        key = self.pages.engine.keys.check(_text(form.get("token")).strip()[:LONGEST_TOKEN])
        if key is None or key.kind is not KeyKind.CONSOLE:
            self.slowdown.wrong(address)
            return self.pages.render(request, "sign_in.html", 401, back=back, error=WRONG)
        self.slowdown.right(address)
        answer = RedirectResponse(back, 303, SAFE)
        self._set_cookie(request, answer, self.sessions.start(key.id), int(LASTS_FOR))
        return answer

    async def leave(self, request: Request) -> Response:
        """End the session here and in the browser."""
        self.sessions.end(request.cookies.get(self._cookie(request), ""))
        answer = RedirectResponse(SIGN_IN, 303, SAFE)
        self._set_cookie(request, answer, "", 0)
        return answer

    def _closed(self, request: Request, back: str, wait: int) -> Response:
        error = f"Too many wrong tokens from your address. Try again in {wait} second{'s' if wait > 1 else ''}."
        answer = self.pages.render(request, "sign_in.html", 429, back=back, error=error)
        answer.headers["retry-after"] = str(wait)
        return answer

    def _set_cookie(self, request: Request, answer: Response, value: str, lasts_for: int) -> None:
        secure = self._secure(request)
        answer.set_cookie(
            self._cookie(request),
            value,
            max_age=lasts_for,
            path="/" if secure else "/console",  # `__Host-` wants the whole host
            secure=secure,
            httponly=True,
            samesite="lax",
        )

    def _cookie(self, request: Request) -> str:
        return "__Host-rollcall-console" if self._secure(request) else "rollcall-console"

    def _secure(self, request: Request) -> bool:
        return self.pages.engine.settings.secure_cookies or request.url.scheme == "https"


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""
