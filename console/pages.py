"""Renders the console's pages: templates that escape everything, and the headers that keep strangers' data harmless."""

from __future__ import annotations

from dataclasses import dataclass, field
from secrets import token_urlsafe
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import HTMLResponse

from console import links, wording
from console.identities import reference
from console.paging import addresses
from engine.ports import Engine

SAFE = {
    "cache-control": "private, no-store",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "referrer-policy": "same-origin",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
}
# No inline style and no eval: htmx is configured for that in layout.html, drawings are SVG with attributes.
POLICY = (
    "default-src 'none'; script-src 'nonce-{nonce}'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)


def _templates() -> Environment:
    loader = PackageLoader("console")
    made = Environment(loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    made.globals["link_to"] = links.safe
    made.filters |= {
        "count": wording.count,
        "percent": wording.percent,
        "utc": wording.utc,
        "iso": wording.iso,
        "instant": wording.instant,
        "reference": reference,
        "breakable": wording.breakable,
    }
    return made


@dataclass(frozen=True, slots=True)
class Pages:
    """Every page of the console, over one engine."""

    engine: Engine
    templates: Environment = field(default_factory=_templates)

    def render(self, request: Request, template: str, status: int = 200, **values: Any) -> HTMLResponse:
        """Render a template, which is also given what stands in `given` below; times are milliseconds."""
        nonce = token_urlsafe(16)
        now = self.engine.clock.now()
        given = {
            "nonce": nonce,
            "now": now,
            "ago": lambda at: wording.ago(at, now),
            "away": lambda at: wording.span(abs(at - now)),
            "here": request.url.path,
            "address": addresses(request),
            "signed_in": getattr(request.state, "signed_in", False),
            "simulated": self.engine.simulation is not None,
        }
        text = self.templates.get_template(template).render(given | values)
        return HTMLResponse(text, status, SAFE | {"content-security-policy": POLICY.format(nonce=nonce)})
