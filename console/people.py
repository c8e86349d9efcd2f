"""The profile of a page's address, and a profile as a face in a list: what to call it, and its picture."""

from __future__ import annotations

from dataclasses import dataclass

from starlette.requests import Request

from engine.errors import NotFound
from engine.ports import Engine, Profile, ProfileBy

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


async def asked_for(engine: Engine, request: Request) -> Profile:
    """Give the profile of a page's address; one that was merged away gives the one it is part of. Raises NotFound."""
    return await numbered(engine, request.path_params["id"])


async def numbered(engine: Engine, id: int) -> Profile:
    """Give a profile by its number. Raises NotFound."""
    profile = await engine.profiles.find(ProfileBy(id=id)) if id < 2**63 else None
    if profile is None:
        raise NotFound("There is no such profile. It may have been erased.")
    return profile


def called(profile: Profile) -> str:
    """Give the name that someone told, if any."""
    told = profile.attributes.get("name") or " ".join(
        str(profile.attributes[part]) for part in ("first_name", "last_name") if profile.attributes.get(part)
    )
    return str(told)
