"""`rollcall audiences`: list, export and apply, so that audiences can be kept beside code."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.running import Folder
from tests.server import StartServer

TWO = """
[first]
name = "First: [bold]"
definition = "AND (INCLUDE second, EXISTS email)"
tags = ["vip", "mail"]
personalizable = true
expires_at = 2099-01-01T00:00:00Z

[second]
definition = "visit_count > 3"
description = "Came often\\nand stayed"
"""


@pytest.fixture
def filled(folder: Folder) -> Folder:
    """Give a folder with a database of the starter audiences."""
    folder.done("keys", "create", "write")
    return folder


def applied(folder: Folder, text: str) -> dict[str, str]:
    """Apply a text; give what became of each slug."""
    (folder.path / "audiences.toml").write_text(text)
    lines = folder.done("audiences", "apply", "audiences.toml").splitlines()
    return dict(line.split(": ", 1) for line in lines)


def exported(folder: Folder) -> str:
    return folder.done("audiences", "export")


def test_the_list_has_a_line_for_each_that_other_tools_can_cut(filled: Folder) -> None:
    heading, *lines = (line.split("\t") for line in filled.done("audiences", "list").splitlines())

    assert heading == ["slug", "name", "size", "state", "definition"]
    assert ["known_users", "Known users", "0", "ACTIVE", "EXISTS email"] in lines
    assert {len(line) for line in lines} == {5}


def test_what_is_exported_applies_as_it_was(filled: Folder) -> None:
    assert set(applied(filled, exported(filled)).values()) == {"as it was"}


def test_a_new_house_can_be_furnished_from_an_export_whatever_includes_what(folder: Folder, tmp_path: Path) -> None:
    assert applied(folder, TWO) == {"second": "made", "first": "made"}
    elsewhere = Folder(tmp_path / "elsewhere")
    elsewhere.path.mkdir()

    made = applied(elsewhere, exported(folder))

    assert {slug for slug, became in made.items() if became == "made"} == {"first", "second"}
    assert exported(elsewhere) == exported(folder)
    assert 'expires_at = "2099-01-01T00:00:00.000+00:00"' in exported(folder)


def test_what_changes_is_changed_and_what_is_only_written_differently_is_not(folder: Folder) -> None:
    applied(folder, TWO)

    assert applied(folder, TWO.replace("visit_count > 3", "(  visit_count>3  )"))["second"] == "as it was"
    assert applied(folder, TWO.replace("visit_count > 3", "visit_count > 4"))["second"] == "changed"
    assert applied(folder, '[second]\\ndefinition = "visit_count > 4"'.replace("\\n", "\n")) == {"second": "as it was"}
    assert "Came often" in exported(folder)


def test_what_would_change_is_told_and_nothing_is_changed(folder: Folder) -> None:
    applied(folder, TWO)
    changed = TWO.replace("EXISTS email", "visit_count > 1").replace("> 3", "> 4").replace('"mail"', '"post"')
    (folder.path / "audiences.toml").write_text(f"{changed}\n[third]\ndefinition = 'INCLUDE first'\n")
    before = exported(folder)

    told = folder.done("audiences", "apply", "--dry-run", "audiences.toml")

    assert told.splitlines() == [
        "first: would change definition, tags",
        "  - EXISTS email",
        "  + visit_count > 1",
        "  - tags = ('vip', 'mail')",
        "  + tags = ('vip', 'post')",
        "second: would change definition",
        "  - visit_count > 3",
        "  + visit_count > 4",
        "third: would be made",
    ]
    assert exported(folder) == before


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[a]\ndefinition = 'EXISTS nothing'", "a: There is no field nothing"),
        ("[a]\ndefinition = 'INCLUDE nothing'", "a: There is no audience nothing"),
        ("[a]\ndefinition = 'INCLUDE b'\n[b]\ndefinition = 'NOT INCLUDE a'", "in a circle: a → b → a"),
    ],
)
def test_what_could_not_be_applied_is_told_before(filled: Folder, text: str, told: str) -> None:
    (filled.path / "audiences.toml").write_text(text)

    ran = filled.run("audiences", "apply", "audiences.toml", "--dry-run")

    assert (ran.code, ran.out) == (2, "")
    assert told in ran.said


def test_deleting_is_refused_while_others_include_it_and_they_are_named(folder: Folder) -> None:
    applied(folder, TWO)

    refused = folder.run("audiences", "delete", "second")
    unknown = folder.run("audiences", "delete", "nobody_knows")

    assert (refused.code, unknown.code) == (2, 2)
    assert "second is used by first." in refused.said
    assert "There is no audience nobody_knows." in unknown.said
    assert folder.done("audiences", "delete", "first") == "first: deleted\n"
    assert folder.done("audiences", "delete", "second") == "second: deleted\n"
    assert "visit_count > 3" not in exported(folder)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[a", "cannot be read"),
        ("a = 1", "[a] needs a definition"),
        ("[a]\nname = 'x'", "[a] needs a definition"),
        ("[a]\ndefinition = 7", "[a] definition is text"),
        ("[a]\ndefinition = '*'\ntags = 'vip'", "[a] tags is a list of words"),
        ("[a]\ndefinition = '*'\ntags = [1]", "[a] tags is a list of words"),
        ("[a]\ndefinition = '*'\npersonalizable = 'yes'", "[a] personalizable is true or false"),
        ("[a]\ndefinition = '*'\nexpires_at = 'soon'", "[a] expires_at is a date"),
        ("[a]\ndefinition = '*'\nsize = 7", "unknown key size"),
        ("[A-B]\ndefinition = '*'", "slug"),
        ("[a]\ndefinition = 'visits > '", "a: "),
        ("[a]\ndefinition = 'INCLUDE nothing'", "There is no audience nothing"),
        ("[a]\ndefinition = 'INCLUDE b'\n[b]\ndefinition = 'INCLUDE a'", "There is no audience"),
    ],
)
def test_a_file_that_makes_no_sense_is_said_in_words(filled: Folder, text: str, told: str) -> None:
    (filled.path / "audiences.toml").write_text(text)

    ran = filled.run("audiences", "apply", "audiences.toml")

    assert (ran.code, ran.out, "Traceback" in ran.err) == (2, "", False)
    assert told in ran.said


def test_a_server_that_runs_follows_what_is_applied(start_server: StartServer) -> None:
    server = start_server()
    server.post("/v1/page", {"anonymousId": "device-1"})

    applied(Folder(server.database.parent), '[fresh]\ndefinition = "visit_count > 0"')

    server.post("/v1/page", {"anonymousId": "device-2"})
    asked = '{ audience(by: {slug: "fresh"}) { size state } }'
    assert server.graphql(asked)["audience"] == {"size": 2, "state": "ACTIVE"}
