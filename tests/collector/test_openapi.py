"""/openapi.json is true: it names every route, and whatever it allows is answered as it says."""

from __future__ import annotations

import re
from typing import Any

import schemathesis
from hypothesis import HealthCheck, settings

from collector.app import CALLS
from collector.openapi import openapi
from tests.collector.wire import ask
from tests.server import SECRET_KEY, WRITE_KEY, Server

schema = schemathesis.openapi.from_dict(openapi()).exclude(path_regex=r"^/v1/\w$")
"""Without the short paths: they lead to the same endpoints."""


@schema.parametrize()
@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
def test_whatever_it_allows_is_answered_as_it_says(case: schemathesis.Case[Any], server: Server) -> None:
    key = SECRET_KEY if case.path.startswith("/v1/simulation") else WRITE_KEY

    case.call_and_validate(server.address, headers={"Authorization": f"Bearer {key}"})  # by every check that it has


def test_the_server_gives_this_description(server: Server) -> None:
    assert ask(server, "GET", "/openapi.json").json == openapi()


def test_it_names_every_route_and_no_other(server: Server) -> None:
    described = set(openapi()["paths"])

    calls = {f"/v1/{path}" for call in ("batch", *CALLS) for path in (call, call[0])}
    others = {
        *("/v1/pixel.gif", "/v1/me", "/v1/live", "/v1/preview", "/v1/visitor", "/v1/m"),
        *("/v1/projects/{key}/settings", "/v1/simulation/advance"),
    }
    files = {"/tag.js", "/v1/live.js", "/v1/tools.js", "/healthz", "/readyz", "/metrics", "/openapi.json"}
    assert described == calls | others | files
    assert all(ask(server, "GET", path.replace("{key}", WRITE_KEY)).status != 404 for path in described)


def test_every_schema_is_used_and_every_one_used_is_there() -> None:
    used = set(re.findall(r"#/components/schemas/(\w+)", str(openapi())))

    assert used == set(openapi()["components"]["schemas"])
