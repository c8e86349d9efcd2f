"""Attributes that `rollcall.toml` declares before any event brings them: what is written there, read and checked."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engine.domain.events import Trust
from engine.domain.traits import LONGEST_NAME, is_reserved
from engine.errors import InvalidValue
from engine.settings import DeclaredAttribute
from engine.values import FieldType

TYPES = ("string", "number", "boolean", "time", "set")
KEYS = ("type", "label", "description", "trust")
TRUST = {"claimed": Trust.CLAIMED, "verified": Trust.VERIFIED, "server": Trust.SERVER}
LONGEST = {"label": 100, "description": 500}


def read_attributes(given: Any, file: str) -> tuple[DeclaredAttribute, ...]:
    """Read the tables `[attributes.NAME]` of a file. Raises InvalidValue with the place."""
    if not isinstance(given, dict):
        raise InvalidValue(f"{file}: attributes are tables, such as [attributes.plan].")
    return tuple(_attribute(name, table, f"{file}, {_heading(name)}") for name, table in given.items())


def _attribute(name: str, table: Any, place: str) -> DeclaredAttribute:
    if not isinstance(table, dict):
        raise InvalidValue(f'{place}: this is a table of its own, with at least type = "string" in it.')
    if fault := _fault_of_name(name):
        raise InvalidValue(f"{place}: {fault}")
    for key, value in table.items():
        _check_key(name, key, value, place)
    return DeclaredAttribute(
        name,
        _type(table, place),
        _text(table, "label", place),
        _text(table, "description", place),
        _trust(table, place),
    )


def _fault_of_name(name: str) -> str | None:
    if is_reserved(name):
        return f"{name} is a name of Rollcall's own, which no attribute can have. Choose another name."
    if not name.isprintable() or name != name.strip() or "`" in name or not all(name.split(".")):
        return "a name has visible characters only, no backtick, and something on each side of a dot."
    if len(name) > LONGEST_NAME:
        return f"a name has at most {LONGEST_NAME} characters."
    return None


def _check_key(name: str, key: str, value: Any, place: str) -> None:
    if key in KEYS:
        return
    if isinstance(value, dict):
        raise InvalidValue(f"{place}: a name with dots stands in quotes: {_heading(f'{name}.{key}')}.")
    raise InvalidValue(f"{place}: unknown key {key}. Known are {', '.join(KEYS)}.")


def _type(table: Mapping[str, Any], place: str) -> FieldType:
    given = table.get("type")
    if given is None:
        raise InvalidValue(f"{place}: type is missing. It is one of {', '.join(TYPES)}.")
    if given not in TYPES:
        raise InvalidValue(f"{place}: type is one of {', '.join(TYPES)}, not {given!r}.")
    return FieldType(given)


def _trust(table: Mapping[str, Any], place: str) -> Trust:
    given = table.get("trust", "claimed")
    if not isinstance(given, str) or given not in TRUST:
        raise InvalidValue(f"{place}: trust is one of {', '.join(TRUST)}, not {given!r:.120}.")
    return TRUST[given]


def _text(table: Mapping[str, Any], key: str, place: str) -> str:
    given = table.get(key, "")
    if not isinstance(given, str) or len(given) > LONGEST[key]:
        raise InvalidValue(f"{place}: {key} is text of at most {LONGEST[key]} characters, not {given!r:.120}.")
    return " ".join(given.split())


def _heading(name: str) -> str:
    """Write a table's heading as TOML has it."""
    is_bare = name.isascii() and name.replace("_", "").replace("-", "").isalnum()
    return f"[attributes.{name}]" if is_bare else f'[attributes."{name}"]'
