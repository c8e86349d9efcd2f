"""What an event says of consent: Segment's `context.consent.categoryPreferences`, and Global Privacy Control."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import islice
from typing import Any, NamedTuple

PLACE = "context.consent.categoryPreferences"
MOST = 50
LONGEST = 100


class Said(NamedTuple):
    """Purposes with whether they were agreed to, and what could not be understood: (code, path, message)."""

    purposes: dict[str, bool]
    warnings: list[tuple[str, str, str]]


def consent_of(context: Mapping[str, Any]) -> Said:
    """Read what somebody agreed to; what is not understood is left out, and told."""
    said = context.get("consent")
    if said is None:
        return Said({}, [])
    purposes = said.get("categoryPreferences") if isinstance(said, dict) else said
    if purposes is None:
        return Said({}, [])
    if not isinstance(purposes, dict):
        return Said({}, [_warning(PLACE, "is an object: a purpose, then true or false")])
    kept: dict[str, bool] = {}
    warnings = []
    for purpose, agreed in islice(purposes.items(), MOST):
        if not isinstance(agreed, bool):
            warnings.append(_warning(f"{PLACE}.{purpose}", "is true or false"))
        elif not 0 < len(purpose) <= LONGEST or not purpose.isprintable() or purpose != purpose.strip():
            warnings.append(_warning(PLACE, f"names purposes by 1 to {LONGEST} printable characters"))
        else:
            kept[purpose] = agreed
    if len(purposes) > MOST:
        warnings.append(_warning(PLACE, f"has at most {MOST} purposes"))
    return Said(kept, warnings)


def _warning(path: str, must: str) -> tuple[str, str, str]:
    return "consent_not_kept", path[: len(PLACE) + LONGEST], f"What was not understood is left out: it {must}."
