"""Settings from flags, `ROLLCALL_*` variables and `rollcall.toml`, in that order; only here is the environment read."""

from __future__ import annotations

import os
import tomllib
from dataclasses import fields
from pathlib import Path
from typing import Any

from engine.errors import InvalidValue
from engine.settings import Settings

FILE = Path("rollcall.toml")
_TRUE = {"1": True, "true": True, "yes": True, "on": True, "0": False, "false": False, "no": False, "off": False}


def settings(**flags: Any) -> Settings:
    """Put the settings together; a flag that is None was not given. Raises InvalidValue."""
    given = _from_file() | _from_environment() | {name: value for name, value in flags.items() if value is not None}
    return Settings(**{name: _typed(name, value) for name, value in given.items()})


def _from_file() -> dict[str, Any]:
    if not FILE.exists():
        return {}
    try:
        found = tomllib.loads(FILE.read_text())
    except tomllib.TOMLDecodeError as error:
        raise InvalidValue(f"{FILE} cannot be read: {error}.") from None
    unknown = sorted(set(found) - set(_KINDS))
    if unknown:
        raise InvalidValue(f"{FILE} has an unknown setting: {unknown[0]}. Known are {', '.join(_KINDS)}.")
    return found


def _from_environment() -> dict[str, Any]:
    named = {name: os.environ.get(f"ROLLCALL_{name.upper()}") for name in _KINDS}
    return {name: value for name, value in named.items() if value is not None}


def _typed(name: str, value: Any) -> Any:
    kind = _KINDS[name]
    if kind == "int" and not isinstance(value, int):
        if not str(value).isdigit():
            raise InvalidValue(f"{name} is a whole number, not {value!r}.")
        return int(value)
    if kind == "bool" and not isinstance(value, bool):
        if str(value).lower() not in _TRUE:
            raise InvalidValue(f"{name} is true or false, not {value!r}.")
        return _TRUE[str(value).lower()]
    return value if kind in ("int", "bool") else str(value)


_KINDS: dict[str, str] = {field.name: str(field.type) for field in fields(Settings)}
