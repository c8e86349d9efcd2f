"""The tag, and its tools, as files: packed once, kept by browsers for an hour, asked for again by its mark."""

from __future__ import annotations

import gzip
from hashlib import sha256
from pathlib import Path

from starlette.requests import Request
from starlette.responses import Response

STATIC = Path(__file__).parent.parent / "static"
KEPT_FOR = 3_600


class Script:
    """The endpoint of a script that any page may load."""

    def __init__(self, name: str) -> None:
        self._plain = (STATIC / name).read_bytes()
        self._packed = gzip.compress(self._plain, mtime=0)
        self._mark = f'"{sha256(self._plain).hexdigest()[:16]}"'

    async def answer(self, request: Request) -> Response:
        """Give it, or 304 to a browser that has it."""
        headers = {
            "Cache-Control": f"public, max-age={KEPT_FOR}, stale-while-revalidate=86400",
            "ETag": self._mark,
            "Vary": "Accept-Encoding",
            "Access-Control-Allow-Origin": "*",
            "Cross-Origin-Resource-Policy": "cross-origin",
            "X-Content-Type-Options": "nosniff",
        }
        if self._mark in request.headers.get("if-none-match", ""):
            return Response(status_code=304, headers=headers)
        if "gzip" in request.headers.get("accept-encoding", ""):
            return Response(self._packed, 200, headers | {"Content-Encoding": "gzip"}, "text/javascript")
        return Response(self._plain, 200, headers, "text/javascript")
