"""Ids and cursors as visitors see them. They are numbers of rows, and from the gaps between one's own numbers one could
tell how much happens to others: a claim of somebody who is here writes more than one of nobody."""

from __future__ import annotations

from dataclasses import replace
from typing import TypeVar

import strawberry

from engine.errors import InvalidValue
from engine.ports import Page, Window
from graphql_api.authorization import Server
from graphql_api.context import Context
from graphql_api.node import GlobalId, Kind, global_id, read_global_id

T = TypeVar("T")


def shown_id(context: Context, kind: Kind, number: int) -> strawberry.ID:
    """Write a global id for who asks."""
    return strawberry.ID(shown(context, global_id(kind, number)))


def shown(context: Context, text: str) -> str:
    """Write an id or a cursor for who asks: as it is for servers, hidden for visitors."""
    return text if isinstance(context.caller, Server) else context.engine.veil.hide(text)


def shown_page(context: Context, page: Page[T]) -> Page[T]:
    """Give a page whose cursors are written for who asks."""
    return replace(page, cursors=[shown(context, cursor) for cursor in page.cursors])


def read_id(context: Context, id: str) -> GlobalId | None:
    """Read a global id, also one that a visitor was shown; None for a text that is none."""
    return read_global_id(id) or read_global_id(context.engine.veil.see(id) or "")


def read_window(context: Context, window: Window) -> Window:
    """Read the cursors that who asks was shown. Raises InvalidValue."""
    if isinstance(context.caller, Server):
        return window
    return replace(window, after=_seen(context, window.after, "after"), before=_seen(context, window.before, "before"))


def seen(context: Context, cursor: str, side: str) -> str:
    """Read a cursor that who asks was shown. Raises InvalidValue."""
    return cursor if isinstance(context.caller, Server) else _seen(context, cursor, side) or ""


def _seen(context: Context, cursor: str | None, side: str) -> str | None:
    found = None if cursor is None else context.engine.veil.see(cursor)
    if cursor is not None and found is None:
        raise InvalidValue(
            f"{cursor[:40]!r} is not a cursor of this list. Use one from `pageInfo` or `edges`.", (side,)
        )
    return found
