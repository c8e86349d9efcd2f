"""A profile as a face in a list: what to call it, and its picture."""

from __future__ import annotations

from dataclasses import dataclass

from engine.ports import Profile

HUES = 6


@dataclass(frozen=True, slots=True)
class Face:
    """How a profile is shown in one line; `letter` is empty for the unknown."""

    id: int
    name: str
    known: bool
    letter: str
    hue: int


def face(profile: Profile) -> Face:
    """Name a profile by the best there is: e-mail, user id, or what its device is called."""
    named = {one.namespace: one.value for one in reversed(profile.identities)}
    name = profile.email or named.get("user_id")
    if name is None:
        device = named.get("anonymous_id")
        name = f"Visitor {device[:8]}" if device else f"Profile {profile.id}"
    letter = next((one for one in name if one.isalnum()), "") if profile.known else ""
    return Face(profile.id, name, profile.known, letter.upper(), profile.id % HUES)


def called(profile: Profile) -> str:
    """Give the name that someone told, if any."""
    told = profile.attributes.get("name") or " ".join(
        str(profile.attributes[part]) for part in ("first_name", "last_name") if profile.attributes.get(part)
    )
    return str(told)
