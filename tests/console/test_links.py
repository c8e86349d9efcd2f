"""Addresses that strangers wrote, and the words for instants and numbers."""

from __future__ import annotations

import pytest

from console.links import inside, safe
from console.wording import ago, instant, percent, utc

SECOND, DAY = 1_000, 86_400_000
NOW = 1_790_000_000_000


@pytest.mark.parametrize("address", ["https://site.example/a?b=c#d", "http://localhost:8470/", "HTTPS://SITE.EXAMPLE"])
def test_whole_web_addresses_become_links(address: str) -> None:
    assert safe(address) == address


@pytest.mark.parametrize(
    "address",
    [
        None,
        "",
        "javascript:alert(1)",
        " javascript:alert(1)",
        "JaVaScRiPt:alert(1)",
        "java\nscript:alert(1)",
        "\x01javascript:alert(1)",
        "data:text/html,<script>alert(1)</script>",
        "vbscript:msgbox(1)",
        "//evil.test/",
        "/stories/1",
        "https:/no-host",
        "https:javascript:alert(1)",
        "http://[",
        "https://site.example/\u202e",
        "ftp://site.example/",
    ],
)
def test_nothing_else_does(address: str | None) -> None:
    assert safe(address) is None


def test_only_pages_of_the_console_are_a_way_back() -> None:
    assert inside("/console/profiles?q=a%20b") == "/console/profiles?q=a%20b"
    assert inside("/consoles/") == inside(None) == "/console/audiences"


@pytest.mark.parametrize(
    ("at", "words"),
    [
        (NOW, "just now"),
        (NOW - 90 * SECOND, "1 minute ago"),
        (NOW - 3 * DAY, "3 days ago"),
        (NOW - 800 * DAY, "2 years ago"),
        (NOW + 2 * DAY, "in 2 days"),
    ],
)
def test_instants_are_told_from_now(at: int, words: str) -> None:
    assert ago(at, NOW) == words


@pytest.mark.parametrize(
    ("part", "whole", "words"),
    [
        (0, 0, "0 %"),
        (0, 10, "0 %"),
        (1, 1_000, "under 1 %"),
        (1, 4, "25 %"),
        (999, 1_000, "over 99 %"),
        (7, 7, "100 %"),
    ],
)
def test_a_share_never_looks_like_nothing_or_all_when_it_is_not(part: int, whole: int, words: str) -> None:
    assert percent(part, whole) == words


def test_only_what_is_written_as_an_instant_is_read_as_one() -> None:
    assert instant("2026-09-21T14:13:20.000+00:00") == NOW
    assert utc(NOW) == "21 Sep 2026, 14:13:20 UTC"
    assert [instant(value) for value in ("2026-09-21", "2026", "Ada", 7, None, ["2026-09-21T00:00:00Z"])] == [None] * 6
