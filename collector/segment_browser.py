"""What Segment's browser client asks beside sending events: its settings, and a place for metrics about itself."""

from __future__ import annotations

from typing import Any

from starlette.types import Receive, Scope, Send

from collector.answers import Cors, Origins, send_json
from collector.requests import Headers, read_body
from engine.domain.keys import KeyKind
from engine.errors import NotFound
from engine.ports import Keys


class SegmentBrowser:
    """`GET /v1/projects/KEY/settings`, which `cdnURL` leads to, and `POST /v1/m`."""

    def __init__(self, keys: Keys, origins: Origins) -> None:
        self._keys = keys
        self._origins = origins

    async def settings(self, scope: Scope, receive: Receive, send: Send, headers: Headers, cors: Cors) -> None:
        """Tell the client to send all that happens to this server, and nothing about itself."""
        token = scope["path_params"]["key"]
        key = self._keys.check(token)
        if key is None or key.kind is not KeyKind.WRITE:  # also for other kinds: an address is no place for them
            raise NotFound("There is no such write key (wk_…).")
        self._origins.of_key(key, headers.get(b"origin"), cors)
        host = headers.get(b"host") or ""
        await send_json(send, 200, settings_of(token, f"{host}/v1", scope["scheme"]), cors)

    async def metrics(self, scope: Scope, receive: Receive, send: Send, headers: Headers, cors: Cors) -> None:
        """Take what the client counts about itself, and let it go."""
        await read_body(receive)
        await send_json(send, 200, {"success": True}, cors)


def settings_of(write_key: str, api_host: str, protocol: str) -> dict[str, Any]:
    """Give the settings in the form that Segment's own server has."""
    return {
        "integrations": {"Segment.io": {"apiKey": write_key, "apiHost": api_host, "protocol": protocol}},
        "metrics": {"sampleRate": 0},
    }
