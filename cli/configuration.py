"""Settings from flags, `ROLLCALL_*` variables and `rollcall.toml`, in that order; only here is the environment read."""

from __future__ import annotations

import os
import tomllib
from dataclasses import fields
from pathlib import Path
from typing import Any

from cli.declaring import read_attributes
from engine.errors import InvalidValue
from engine.settings import Settings
from engine.storage.sqlite import path_of

FILE = Path("rollcall.toml")
ATTRIBUTES = "attributes"
"""The one setting with tables of its own, in the file only."""
LARGEST = {"port": 65_535}
_TRUE = {"1": True, "true": True, "yes": True, "on": True, "0": False, "false": False, "no": False, "off": False}


def settings(**flags: Any) -> Settings:
    """Put the settings together; a flag that is None was not given. Raises InvalidValue."""
    written = _from_file()
    attributes = read_attributes(written.pop(ATTRIBUTES, {}), str(FILE))
    given = written | _from_environment() | {name: value for name, value in flags.items() if value is not None}
    return Settings(attributes=attributes, **{name: _typed(name, value) for name, value in given.items()})


def existing(settings: Settings) -> Path:
    """Give the database's file, for commands that must not make one. Raises InvalidValue where there is none."""
    path = path_of(settings.database)
    if not path.is_file():
        raise InvalidValue(f"There is no database at {path}. Name it with --database sqlite:///FILE.")
    return path


def _from_file() -> dict[str, Any]:
    if not FILE.exists():
        return {}
    try:
        found = tomllib.loads(FILE.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise InvalidValue(f"{FILE} cannot be read: {error}.") from None
    unknown = sorted(set(found) - set(_KINDS) - {ATTRIBUTES})
    if unknown:
        known = ", ".join((*_KINDS, ATTRIBUTES))
        raise InvalidValue(f"{FILE} has an unknown setting: {unknown[0]}. Known are {known}.")
    return found


def _from_environment() -> dict[str, Any]:
    """Read the variables that are settings; others may be there too, as Kubernetes sets ROLLCALL_SERVICE_HOST."""
    named = {name: os.environ.get(f"ROLLCALL_{name.upper()}") for name in _KINDS}
    return {name: value for name, value in named.items() if value is not None}


def _typed(name: str, value: Any) -> Any:
    match _KINDS[name]:
        case "int":
            return _number(name, value)
        case "bool" if not isinstance(value, bool):
            if str(value).lower() not in _TRUE:
                raise InvalidValue(f"{name} is true or false, not {value!r}.")
            return _TRUE[str(value).lower()]
        case "bool":
            return value
        case _ if isinstance(value, str | int | float) and not isinstance(value, bool):
            return str(value)
        case _:
            raise InvalidValue(f"{name} is text, not {value!r}.")


def _number(name: str, value: Any) -> int:
    text = str(value)
    most = LARGEST.get(name, 10_000_000)
    if not (text.isascii() and text.isdecimal() and int(text) <= most):
        raise InvalidValue(f"{name} is a whole number from 0 to {most}, not {value!r}.")
    return int(text)


_KINDS: dict[str, str] = {field.name: str(field.type) for field in fields(Settings) if field.name != ATTRIBUTES}
