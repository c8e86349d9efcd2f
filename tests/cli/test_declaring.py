"""Attributes declared in rollcall.toml: read as they are written, and what makes no sense is told with its place."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from cli.configuration import settings
from engine.errors import InvalidValue
from engine.settings import DeclaredAttribute
from engine.values import FieldType


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Be in an empty folder."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def write(here: Path, text: str) -> None:
    (here / "rollcall.toml").write_text(text)


def test_a_declaration_has_a_type_and_perhaps_a_label_and_a_description(here: Path) -> None:
    write(
        here,
        """
        port = 1
        [attributes.plan]
        type = "string"
        label = "Plan"
        description = '''What the customer
        pays for'''
        [attributes."address.city"]
        type = "time"
        """,
    )

    assert settings().port == 1
    assert settings().attributes == (
        DeclaredAttribute("plan", FieldType.STRING, "Plan", "What the customer pays for"),
        DeclaredAttribute("address.city", FieldType.TIME),
    )


@pytest.mark.parametrize("name", ["string", "number", "boolean", "time", "set"])
def test_every_type_that_an_attribute_can_have_may_be_declared(here: Path, name: str) -> None:
    write(here, f'[attributes.it]\ntype = "{name}"')

    assert settings().attributes[0].type.value == name


@pytest.mark.parametrize(
    ("written", "told"),
    [
        ("attributes = 5", "rollcall.toml: attributes are tables, such as [attributes.plan]."),
        ('[attributes]\nplan = "string"', "[attributes.plan]: this is a table of its own"),
        ('[attributes.plan]\nlabel = "Plan"', "[attributes.plan]: type is missing. It is one of string, number"),
        ('[attributes.plan]\ntype = "text"', "[attributes.plan]: type is one of string, number, boolean, time, set"),
        ('[attributes.plan]\ntype = "map"', "not 'map'"),
        ("[attributes.plan]\ntype = ['set']", "not ['set']"),
        ('[attributes.plan]\ntype = "set"\nlabel = 5', "label is text of at most 100 characters, not 5."),
        ('[attributes.plan]\ntype = "set"\ndescription = "' + "x" * 501 + '"', "description is text of at most 500"),
        ('[attributes.plan]\ntype = "set"\ntrust = "high"', "trust is one of claimed, verified, server, not 'high'."),
        (
            '[attributes.plan]\ntype = "set"\nlable = "P"',
            "unknown key lable. Known are type, label, description, trust.",
        ),
        ('[attributes.a.b]\ntype = "set"', '[attributes.a]: a name with dots stands in quotes: [attributes."a.b"].'),
        ('[attributes.email]\ntype = "set"', "[attributes.email]: email is a name of Rollcall's own"),
        ('[attributes.visit_count]\ntype = "set"', "a name of Rollcall's own"),
        ('[attributes.score_luck]\ntype = "set"', "a name of Rollcall's own"),
        ('[attributes._created]\ntype = "set"', "a name of Rollcall's own"),
        ('[attributes.""]\ntype = "set"', '[attributes.""]: a name has visible characters only'),
        ('[attributes." plan"]\ntype = "set"', "a name has visible characters only"),
        ('[attributes."a..b"]\ntype = "set"', "something on each side of a dot."),
        ('[attributes."a`b"]\ntype = "set"', "no backtick"),
        ('[attributes."' + "x" * 201 + '"]\ntype = "set"', "a name has at most 200 characters."),
    ],
)
def test_a_declaration_that_makes_no_sense_is_an_error_with_its_place(here: Path, written: str, told: str) -> None:
    write(here, written)

    with pytest.raises(InvalidValue) as raised:
        settings()

    assert raised.value.message.startswith("rollcall.toml")
    assert told in raised.value.message


def ran(here: Path, *words: str, given: str = "") -> subprocess.CompletedProcess[str]:
    root = str(Path(__file__).parents[2])
    command = [sys.executable, "-m", "cli", *words]
    return subprocess.run(command, cwd=here, input=given, capture_output=True, text=True, env={"PYTHONPATH": root})


def test_a_command_says_what_is_wrong_and_ends(here: Path) -> None:
    write(here, '[attributes.plan]\ntype = "text"')

    answer = ran(here, "audiences", "list")

    assert answer.returncode == 2
    assert "rollcall.toml, [attributes.plan]: type is one of" in answer.stderr
    assert "Traceback" not in answer.stderr


def test_evaluate_knows_what_is_declared(here: Path) -> None:
    write(here, '[attributes.seats]\ntype = "number"')
    lines = [
        '{"definition": "seats > 5", "profile": {"seats": 6}}',
        '{"definition": "NOT EXISTS seats", "profile": {}}',
        '{"definition": "NOT EXISTS seats", "profile": {"seats": "many"}}',
    ]

    assert ran(here, "evaluate", given="\n".join(lines)).stdout.splitlines() == ['{"result":true}'] * 3
