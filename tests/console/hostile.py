"""A house full of what strangers would write to break in: as every name, value, address and title there is."""

from __future__ import annotations

from typing import Any

from tests.console.people import make, visit
from tests.server import Server

IMAGE = '"><img src=x onerror="window.broken=1">'
SCRIPT = "</script><script>window.broken=1</script>"
HANDLER = "' autofocus onfocus='window.broken=1"
ADDRESS = "javascript:window.broken=1//"
TEMPLATE = "{{ 7 * 7 }}{% raw %}"
HTMX = '<b hx-get="/console/audiences" hx-trigger="load" hx-on:click="window.broken=1">'
PAYLOADS = (IMAGE, SCRIPT, HANDLER, ADDRESS, TEMPLATE, HTMX, "w" * 400)
KNOWN = "known-and-hostile"


def fill(server: Server) -> None:
    """Send every payload as every thing, through the real collector and GraphQL."""
    for number, payload in enumerate(PAYLOADS):
        device = f"hostile-device-{number}{payload}"[:100]
        for event in _events(payload):
            visit(server, device, **event)
        _refused(server, payload)
        _audience(server, number, payload)
    for number, payload in enumerate(PAYLOADS):
        visit(server, KNOWN, type="track", event=payload[:200], properties={payload[:100]: {payload: [payload]}})
        visit(server, KNOWN, type="identify", traits={f"{payload[:80]}{number}": payload, "name": payload})
    visit(server, KNOWN, type="identify", userId=IMAGE, traits={"email": "kai@example.com", "first_name": IMAGE})
    _conflict(server)


def _events(payload: str) -> list[dict[str, Any]]:
    page = {"title": payload, "url": f"https://site.example/?q={payload}", "path": payload, "referrer": payload}
    campaign = {name: payload for name in ("source", "medium", "name", "term", "content")}
    context = {"page": page, "campaign": campaign, "userAgent": payload, "locale": payload, "topics": {payload: 1}}
    addresses = {"page": {"title": payload, "url": payload, "referrer": payload}}
    return [
        {"context": context, "properties": {payload: payload, "title": payload}},
        {"context": addresses, "type": "screen", "name": payload},
        {"type": "track", "event": payload[:200], "properties": {payload: {"deep": [payload]}}},
        {"type": "identify", "traits": {payload[:100]: payload, "name": payload, "tags": [payload, payload + "2"]}},
    ]


def _refused(server: Server, payload: str) -> None:
    nobody = {"type": payload, "anonymousId": payload}
    server.post("/v1/batch", {"batch": [nobody, {payload: payload}, payload, {"type": "page", "userId": {payload: 1}}]})


def _audience(server: Server, number: int, payload: str) -> None:
    text = payload.replace("\\", "\\\\").replace('"', '\\"')
    did = f'DID "{text}" WHERE AND (`{payload}`.deep INTERSECTS ("{text}"), path != "{text}")'
    rules = f'OR (utm_sources INTERSECTS ("{text}"), affinity.`{payload}` > 0.2, visit_count > {number}, {did})'
    make(server, payload[:200], rules, slug=f"hostile_{number}", description=payload, tags=[payload[:50]])


def _conflict(server: Server) -> None:
    first, second = {"email": "ann@example.com"}, {"email": "bob@example.com"}
    visit(server, f"one{IMAGE}", type="identify", userId=f"a{IMAGE}", traits=first)
    visit(server, f"two{IMAGE}", type="identify", userId=f"b{IMAGE}", traits=second)
    visit(server, f"two{IMAGE}", type="identify", userId=f"b{IMAGE}", traits=first)
