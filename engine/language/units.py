"""Units of time as people write them: `days`, `mo`, `hrs` are `d`, `M`, `h`."""

from __future__ import annotations

from engine.language.dates import UNITS

_NAMED = {name: unit for unit, name in UNITS.items()}
_SHORT = {"min": "m", "mo": "M", "mon": "M", "mth": "M", "hr": "h", "sec": "s", "wk": "w", "yr": "y"}


def unit_of(word: str) -> str:
    """Guess the unit that a word means; days, where it means nothing."""
    if word in UNITS:
        return word
    singular = word.lower().removesuffix("s")
    return (_NAMED | _SHORT).get(singular, word.lower() if word.lower() in UNITS else "d")


def list_units() -> str:
    """Say which units there are."""
    return ", ".join(f"{unit} ({name}s)" for unit, name in UNITS.items())
