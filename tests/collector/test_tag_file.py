"""/tag.js as a file: right type, small, kept by browsers, usable from any page."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest

from tests.collector.wire import ask, event
from tests.server import WRITE_KEY, Server, StartServer

STATIC = Path(__file__).parents[2] / "static"
TAG = (STATIC / "tag.min.js").read_bytes()


def test_it_is_the_file_as_javascript_for_any_page(server: Server) -> None:
    answer = ask(server, "GET", "/tag.js")

    assert answer.body == TAG
    assert answer.headers["content-type"].startswith("text/javascript")
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["access-control-allow-origin"] == "*"
    assert answer.headers["cross-origin-resource-policy"] == "cross-origin"


def test_it_is_packed_for_those_who_unpack(server: Server) -> None:
    answer = ask(server, "GET", "/tag.js", Accept_Encoding="gzip, deflate, br")

    assert (answer.headers["content-encoding"], answer.headers["vary"]) == ("gzip", "Accept-Encoding")
    assert gzip.decompress(answer.body) == TAG
    assert len(answer.body) < len(TAG) / 2


def test_it_is_kept_and_asked_for_by_its_mark(server: Server) -> None:
    first = ask(server, "GET", "/tag.js")

    again = ask(server, "GET", "/tag.js", If_None_Match=first.headers["etag"])
    after_a_change = ask(server, "GET", "/tag.js", If_None_Match='"another"')

    assert "max-age=3600" in first.headers["cache-control"]
    assert (again.status, again.body, after_a_change.status) == (304, b"", 200)


@pytest.mark.parametrize("name", ["live.js", "tools.js"])
def test_what_the_tag_loads_when_needed_is_beside_its_endpoints(server: Server, name: str) -> None:
    answer = ask(server, "GET", f"/v1/{name}")

    assert answer.body == (STATIC / name).read_bytes()
    assert (answer.headers["content-type"][:15], answer.headers["access-control-allow-origin"]) == (
        "text/javascript",
        "*",
    )


def test_file_and_endpoints_may_have_names_that_no_blocker_knows(start_server: StartServer) -> None:
    server = start_server(ROLLCALL_TAG_PATH="/assets/hello.js", ROLLCALL_COLLECTOR_PATH="/hello")
    body = json.dumps({"writeKey": WRITE_KEY, "batch": [event()]}).encode()

    assert {ask(server, "GET", path).body for path in ("/tag.js", "/assets/hello.js")} == {TAG}
    assert [ask(server, "POST", f"/{path}/batch", body).status for path in ("v1", "hello")] == [200, 200]
    assert [ask(server, "GET", f"/hello/{path}").status for path in ("me", "live.js", "tools.js")] == [200, 200, 200]
