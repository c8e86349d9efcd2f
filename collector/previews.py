"""Links that show a page as members of some audiences see it: `slug,!slug`, until an instant, sealed by this house."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import urlencode

from engine.domain.veil import Veil
from engine.errors import Forbidden

_KIND = "preview"


def preview_query(veil: Veil, slugs: Sequence[str], ends_at: int) -> str:
    """Write what to append to a page's address: who is shown, for people to read, and the seal that counts."""
    shown = ",".join(slugs)
    return urlencode({"rollcall_preview": shown, "rollcall_seal": veil.hide(f"{_KIND} {ends_at} {shown}")}, safe=",!")


def previewed(veil: Veil, seal: str, now: int) -> list[str]:
    """Read a seal as the slugs it shows, `!` before those it takes away. Raises Forbidden."""
    kind, _, rest = (veil.see(seal) or "").partition(" ")
    ends_at, _, shown = rest.partition(" ")
    if kind != _KIND or not ends_at.isdecimal():
        raise Forbidden("This preview link was not made by this house. `rollcall preview` makes one.")
    if int(ends_at) <= now:
        raise Forbidden("This preview link has ended. `rollcall preview` makes a new one.")
    return shown.split(",")
