"""What a call says beside its properties, kept among them so that nothing of it is lost."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

BESIDE = {
    "page": ("name", "category"),
    "screen": ("name", "category"),
    "group": ("groupId",),
    "alias": ("previousId",),
}
"""Fields that stand at the top of a call; rules ask about them as properties: DID "page" WHERE name = "Prices"."""


def properties_of(
    type: str, item: Mapping[str, Any], properties: dict[str, Any], traits: dict[str, Any]
) -> dict[str, Any]:
    """Give the properties of a call with what it says beside them; a group's traits are its own, not its member's."""
    beside = {name: said for name in BESIDE.get(type, ()) if (said := item.get(name)) not in (None, "")}
    if type == "group":
        return {**traits, **properties, **beside}
    return {**beside, **properties} if beside else properties


def traits_of(type: str, traits: dict[str, Any], context: Mapping[str, Any]) -> dict[str, Any]:
    """Give the traits of a call; RudderStack's clients write those of an identify into its context."""
    around = context.get("traits") if type == "identify" else None
    return {**around, **traits} if isinstance(around, dict) else traits
