"""Other people's code is what it says it is."""

from __future__ import annotations

import re
from hashlib import sha256
from pathlib import Path

VENDOR = Path(__file__).parents[2] / "static" / "vendor"


def test_every_vendored_file_stands_in_the_readme_with_its_hash() -> None:
    told = dict(re.findall(r"^\| `([^`]+)` \|.*\| `([0-9a-f]{64})` \|$", (VENDOR / "README.md").read_text(), re.M))
    found = {file.name: sha256(file.read_bytes()).hexdigest() for file in VENDOR.iterdir() if file.name != "README.md"}

    assert found == told
    assert "htmx-4.0.1.min.js" in found


def test_the_pages_load_exactly_what_is_vendored() -> None:
    layout = (Path(__file__).parents[2] / "console" / "templates" / "layout.html").read_text()

    loaded = set(re.findall(r"/console/static/vendor/([^\"]+)", layout))

    assert loaded == {file.name for file in VENDOR.glob("*.js")}
