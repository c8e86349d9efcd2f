"""Every command explains itself, and what goes wrong is said in words with exit code 2."""

from __future__ import annotations

from pathlib import Path

import pytest

from cli.__main__ import app
from tests.cli.running import Folder

COMMANDS = {
    "serve": "Run everything in one process",
    "demo": "sample people",
    "import": "nothing is doubled",
    "evaluate": "JSON lines on standard input",
    "rebuild": "from the event log",
    "erase": "Erase someone for good",
    "export": "Print everything held of someone",
    "backup": "while it is in use",
    "explain": "why someone is",
    "preview": "as members of some audiences do",
    "keys create": "everything by default",
    "keys list": "tokens are not kept",
    "keys rotate": "works on until it is revoked",
    "keys revoke": "open nothing any more",
    "audiences list": "every audience",
    "audiences export": "as TOML",
    "audiences apply": "Make or change audiences",
}


def test_help_lists_every_command_and_tells_where_settings_come_from(folder: Folder) -> None:
    said = folder.done("--help")

    assert all(command.split()[0] in said for command in COMMANDS)
    assert "ROLLCALL_" in said
    assert "rollcall.toml" in said


@pytest.mark.parametrize(("command", "told"), COMMANDS.items())
def test_a_command_explains_itself_and_all_that_it_takes(folder: Folder, command: str, told: str) -> None:
    ran = folder.run(*command.split(), "--help")

    assert (ran.code, ran.err) == (0, "")
    assert told in ran.said
    assert "--database" in ran.out


def test_no_command_is_listed_that_is_not_there() -> None:
    groups = {name for name in app if not name.startswith("-")}

    assert groups == {command.split()[0] for command in COMMANDS}


def test_the_version_is_that_of_the_package(folder: Folder) -> None:
    declared = next(
        line
        for line in (Path(__file__).parents[2] / "pyproject.toml").read_text().splitlines()
        if line.startswith("version")
    )

    assert folder.done("--version").strip() == declared.split('"')[1]


WRONG: dict[str, tuple[str, str]] = {
    "an unknown command": ("dance", "dance"),
    "an unknown option": ("serve --loud", "--loud"),
    "a word too few": ("explain ada@example.com", "AUDIENCE"),
    "a word for a number": ("serve --port http", "http"),
    "a port that is none": ("serve --port 70000", "port is a whole number from 0 to 65535"),
    "an unknown database": ("serve --database postgresql://localhost/rollcall", "Write sqlite:///rollcall.db"),
    "a database without a name": ("serve --database sqlite:///", "Write sqlite:///rollcall.db"),
    "a folder that is not there": ("serve --port 0 --database sqlite:///nowhere/x.db", "unable to open database file"),
    "a folder as database": ("keys create write --database sqlite:///.", "unable to open database file"),
    "a file that is no database": ("keys create write --database sqlite:///text.txt", "not a database"),
    "a text to check": ("rebuild --check --database sqlite:///text.txt", "not a database"),
    "no database to check": ("rebuild --check", "There is no database at rollcall.db"),
    "no database to rebuild": ("rebuild", "There is no database at rollcall.db"),
    "no database to list": ("audiences list", "There is no database at rollcall.db"),
    "no database to explain": ("explain a b", "There is no database at rollcall.db"),
    "no database to list keys of": ("keys list", "There is no database at rollcall.db"),
    "no database to revoke in": ("keys revoke x", "There is no database at rollcall.db"),
    "no database to copy": ("backup copy.db", "There is no database at rollcall.db"),
    "no file to import": ("import nothing.jsonl", "nothing.jsonl"),
    "no file to apply": ("audiences apply nothing.toml", "nothing.toml"),
    "a kind of key that is none": ("keys create root", "root"),
    "a host that is none": ("serve --host nowhere.invalid --port 0", "Cannot listen on nowhere.invalid"),
}


@pytest.mark.parametrize(("words", "told"), WRONG.values(), ids=WRONG)
def test_a_mistake_is_said_in_words(folder: Folder, words: str, told: str) -> None:
    (folder.path / "text.txt").write_text("This is a text, and no database at all. " * 50)

    ran = folder.run(*words.split())

    assert ran.code == 2
    assert told in ran.said
    assert "Traceback" not in ran.err
    assert ran.out == ""
