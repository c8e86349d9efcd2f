"""/tag.js as a file: right type, small, kept by browsers, usable from any page."""

from __future__ import annotations

import gzip
from pathlib import Path

from tests.collector.wire import ask
from tests.server import Server

TAG = (Path(__file__).parents[2] / "static" / "tag.js").read_bytes()


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
