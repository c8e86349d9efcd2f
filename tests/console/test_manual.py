"""docs/console.md tells the truth: its pages are there, its figures are those of the code."""

from __future__ import annotations

import re
from pathlib import Path

import httpx2
import pytest

from console.identities import reference
from console.sessions import IDLE_FOR, LASTS_FOR
from console.slowdown import FREE_TRIES, LONGEST_WAIT
from engine.domain.events import Trust
from engine.domain.shown import Identity
from tests.console.conftest import SignIn
from tests.console.people import DEVICE, visit
from tests.server import Server

MANUAL = (Path(__file__).parents[2] / "docs" / "console.md").read_text()
DEVICE_REFERENCE = reference(Identity("anonymous_id", DEVICE, Trust.CLAIMED, 0, 0))
PAGES = re.findall(r"^\| `(/console/[^`]+)` \|", MANUAL, re.MULTILINE)


@pytest.mark.parametrize("path", PAGES)
def test_every_page_of_the_manual_opens(server: Server, client: httpx2.Client, sign_in: SignIn, path: str) -> None:
    visit(server)
    sign_in()

    answer = client.get(path.format(slug="known_users", id=1, identity=DEVICE_REFERENCE))

    assert answer.status_code == 200


def test_the_manual_names_every_kind_of_page() -> None:
    assert len(PAGES) == 23


def test_the_figures_of_the_manual_are_those_of_the_code() -> None:
    flat = " ".join(MANUAL.split())

    assert f"after {IDLE_FOR / 3600:.0f} hours without use, after {LASTS_FOR / 86_400:.0f} days" in flat
    assert f"After {FREE_TRIES} wrong tokens" in flat
    assert f"at most {LONGEST_WAIT:.0f} seconds" in flat
