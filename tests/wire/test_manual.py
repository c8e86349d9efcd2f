"""The rest of docs/clients.md: versions, and the picture for e-mail."""

from __future__ import annotations

import html
import json
import re
from urllib.parse import urlsplit

from tests.collector.wire import ask
from tests.server import SECRET_KEY, WRITE_KEY, Server
from tests.wire.clients import HERE, PAGE
from tests.wire.profiles import whole

ROOT = HERE.parents[1]


def test_the_versions_are_those_that_are_installed() -> None:
    told = dict(re.findall(r"`([@\w/-]+)` \| ([\d.]+) \|$", PAGE, re.MULTILINE))
    packages = json.loads((HERE / "package.json").read_text())["dependencies"]
    project = (ROOT / "pyproject.toml").read_text()

    assert packages.items() <= told.items()
    others = told.keys() - packages.keys()
    assert len(others) == 2
    assert all(f'"{name}~={told[name]}"' in project for name in others)


def test_the_lock_file_names_no_registry() -> None:
    locked = json.loads((HERE / "package-lock.json").read_text())["packages"]

    assert all("resolved" not in one and ("integrity" in one or name == "") for name, one in locked.items())


def test_the_picture_of_the_page_is_an_event(server: Server) -> None:
    (address,) = re.findall(r'<img src="([^"]+)"', PAGE)
    asked = urlsplit(html.unescape(address))

    answer = ask(server, "GET", f"{asked.path}?{asked.query}")

    assert (answer.status, answer.headers["content-type"], answer.body[:6]) == (200, "image/gif", b"GIF89a")
    assert "no-store" in answer.headers["cache-control"]
    (event,) = whole(server, "customer-7")["events"]["nodes"]
    assert (event["type"], event["properties"]) == ("Newsletter opened", {"issue": "2025-06"})
    assert whole(server, "customer-7")["attributes"]["utm_sources"] == ["newsletter"]


def test_what_the_page_says_of_the_pictures_key(server: Server) -> None:
    statuses = [
        ask(server, "GET", f"/v1/pixel.gif?userId=customer-8&writeKey={key}").status
        for key in (WRITE_KEY, SECRET_KEY, "wk_unknown")
    ]

    assert statuses == [200, 403, 401]
