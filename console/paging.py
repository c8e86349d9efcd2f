"""Which part of a list a request asks for, and the addresses of the parts beside it."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import urlencode

from starlette.datastructures import URL
from starlette.requests import Request

from engine.ports import Window

SIZE = 25


def window(request: Request, name: str = "", size: int = SIZE) -> Window:
    """Read the part of the list `name`; a page with several lists gives each a name."""
    before = request.query_params.get(f"{name}before")
    if before:
        return Window(last=size, before=before)
    return Window(first=size, after=request.query_params.get(f"{name}after") or None)


def number(request: Request, most: int) -> int:
    """Read which page of a numbered list is wanted, from 1 to `most`."""
    given = request.query_params.get("page", "")[:9]
    return min(int(given), most) if given.isascii() and given.isdigit() and int(given) > 0 else 1


def addresses(request: Request) -> Callable[..., str]:
    """Give a function that writes this page's address with parts of its query changed; None leaves one out."""

    def address(**changes: str | None) -> str:
        query = dict(request.query_params) | changes
        return written(request.url, {name: value for name, value in query.items() if value})

    return address


def written(url: URL, query: dict[str, str | None]) -> str:
    """Write a path with a query."""
    return f"{url.path}?{urlencode(query)}" if query else url.path
