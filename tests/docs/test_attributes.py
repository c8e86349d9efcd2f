"""docs/attributes.md says what the code does: its declarations are read, its table of fields is the catalog's."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from cli.configuration import settings
from engine.catalog import BUILT_IN
from engine.domain.traits import typed
from engine.values import type_of

PAGE = (Path(__file__).parents[2] / "docs" / "attributes.md").read_text()
ROW = re.compile(r"^\| `(\w+)` \| (\w+) \| (.+?) \| (.+?) \| (.*?) \|$", re.MULTILINE)


def test_the_example_declares_what_it_seems_to(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "rollcall.toml").write_text("".join(re.findall(r"```toml\n(.*?)```", PAGE, re.DOTALL)))
    monkeypatch.chdir(tmp_path)

    found = {one.name: (one.type.value, one.label) for one in settings().attributes}

    assert found == {"plan": ("string", "Plan"), "renews_at": ("time", ""), "company.seats": ("number", "Seats")}


def test_the_table_of_built_in_fields_is_that_of_the_code() -> None:
    told = [
        (name, type, label, says, re.findall(r"`(.+?)`", other)) for name, type, label, says, other in ROW.findall(PAGE)
    ]

    assert told == [
        (one.field.name, one.field.type.value, one.field.label, one.field.description, list(one.aliases))
        for one in BUILT_IN
    ]


def test_values_have_the_types_that_the_page_says() -> None:
    rows = re.findall(r"^\| (`[^|]+`) \| (\w+) \|$", PAGE, re.MULTILINE)
    told = [(json.loads(value), type) for values, type in rows for value in re.findall(r"`(.+?)`", values)]

    assert len(told) == 7
    for value, type in told:
        held = typed(value)
        assert held is not None
        assert type_of(held).value == type
