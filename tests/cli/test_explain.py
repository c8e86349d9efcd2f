"""`rollcall explain`: why someone is, or is not, in an audience."""

from __future__ import annotations

import pytest

from tests.cli.running import Folder

EMAIL = "ada@example.com"


@pytest.fixture(scope="module")
def people(shared: Folder) -> Folder:
    """Give a folder where two people are known in some way."""
    lines = [
        {"type": "page", "anonymousId": "device-1"},
        {"type": "identify", "userId": "[bold]7[/red]", "traits": {"email": EMAIL, "plan": "gold"}},
    ]
    shared.done("import", str(shared.write("events.jsonl", lines)))
    return shared


def test_it_says_so_with_every_test_and_when_it_can_change(people: Folder) -> None:
    said = people.done("explain", "device-1", "high_momentum_low_frequency")

    assert said.startswith("device-1 is in high_momentum_low_frequency: ")
    assert said.count("✓") == 3
    assert "✗" not in said
    assert "momentum is more than 50 (has 80), until 20" in said
    assert "With no event, this can next change at 20" in said


def test_it_says_so_when_someone_is_not_in_it(people: Folder) -> None:
    said = people.done("explain", "device-1", "known_users")

    assert said.startswith("device-1 is not in known_users: ")
    assert "✗" in said


@pytest.mark.parametrize("who", [EMAIL, " ADA@Example.com ", "[bold]7[/red]"])
def test_a_person_is_found_by_any_identifier_and_its_text_is_never_markup(people: Folder, who: str) -> None:
    assert people.done("explain", who, "known_users").startswith(f"{EMAIL} is in known_users")


@pytest.mark.parametrize(("who", "audience", "told"), [("nobody", "all", "nobody"), (EMAIL, "nothing", "nothing")])
def test_who_or_what_is_not_there_is_said(people: Folder, who: str, audience: str, told: str) -> None:
    ran = people.run("explain", who, audience)

    assert (ran.code, ran.out) == (2, "")
    assert told in ran.err
