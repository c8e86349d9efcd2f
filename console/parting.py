"""What unlinking an identity will do, in the words of a person who is about to do it (docs/decisions/0009)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from console.identities import DEVICE, LABELS
from engine.ports import Identity, Link, Profile

Key = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Parting:
    """What stays with the profile and what leaves it. `is_possible` is false where there is nothing to part."""

    stays: Sequence[str]
    leaves: Sequence[str]
    is_possible: bool = True


def parting(profile: Profile, identity: Identity, links: Sequence[Link]) -> Parting:
    """Tell what unlinking will do."""
    key = (identity.namespace, identity.value)
    home = _home(key, links)
    merged = _merged(home, links)
    if identity.namespace == DEVICE:
        return _device(profile, identity.value, links, home, merged)
    if merged:
        stays = f"Profile {profile.id} keeps what is its own, and what has happened to it since."
        return Parting([stays], [_merge_undone(merged)])
    if _names(home) == [key]:
        return _only_name(profile, key, home)
    return _name(profile, key, home)


def is_possible(profile: Profile, identity: Identity, links: Sequence[Link]) -> bool:
    """Tell whether there is anything to unlink it from."""
    return parting(profile, identity, links).is_possible


def _home(key: Key, links: Sequence[Link]) -> list[Link]:
    """Give the parts that are in one home with an identity."""
    its = [one for one in links if key in one.names or key == (DEVICE, one.device)]
    latest = max(its, key=lambda one: one.last_at, default=None)  # a device in two homes is taken out of its last one
    return [one for one in links if latest is not None and one.merged_from == latest.merged_from]


def _merged(home: Sequence[Link], links: Sequence[Link]) -> list[int]:
    """List the merges that tie a home to the rest: its own, or for the profile's first home those of all others."""
    own = {one.merged_from for one in home if one.merged_from is not None}
    return sorted(own or {one.merged_from for one in links if one.merged_from is not None})


def _device(
    profile: Profile, device: str, links: Sequence[Link], home: Sequence[Link], merged: Sequence[int]
) -> Parting:
    rest = [one for one in home if one.device != device]
    lost = [one for one in _names(home) if one not in _names(rest)]
    if not rest:
        stays = f"Profile {profile.id} keeps its number, its history and this device, and is anonymous again."
        leaves = [f"{_listed(lost)}, which is then nobody's."] if lost else []
        leaves += [_merge_undone(merged)] if merged else []
        return Parting([stays], leaves, bool(leaves))
    stays = f"Profile {profile.id} keeps its number and {_parts([one for one in links if one.device != device])}."
    leaves = ["This device, with all that was done on it, as an anonymous profile of its own."]
    leaves += [f"{_listed(lost)}, which only this device brought and which is then nobody's."] if lost else []
    return Parting([stays, *_still_called(_names(rest))], leaves)


def _only_name(profile: Profile, key: Key, home: Sequence[Link]) -> Parting:
    devices = [one for one in home if one.device is not None]
    if not devices:
        alone = f"Profile {profile.id} is nothing but this name, written by a server without a device."
        return Parting([alone], [], False)
    if len(devices) < len(home):
        stays = f"{_listed([key])}, with what your server wrote of it without a device."
        return Parting([stays], [f"{_parts(devices)}, each as an anonymous profile of its own with its history."])
    stays = f"Profile {profile.id} keeps its number with one of its devices, and is anonymous again."
    others = ["Each other device, as an anonymous profile of its own with its history."] if len(devices) > 1 else []
    return Parting([stays], [f"{_listed([key])}, which is then nobody's.", *others])


def _name(profile: Profile, key: Key, home: Sequence[Link]) -> Parting:
    going = [one for one in home if list(one.names) == [key]]
    staying = [one for one in home if one not in going]
    stays = [f"Profile {profile.id} keeps its number.", *_still_called([one for one in _names(home) if one != key])]
    if not going:
        return Parting(stays, [f"{_listed([key])}, which is then nobody's."])
    kept = [f"{_parts(staying)}, with what was done there."] if staying else []
    return Parting([*stays, *kept], [f"{_listed([key])}, with what it alone holds: {_parts(going)} and their history."])


def _still_called(names: Sequence[Key]) -> list[str]:
    return [f"It is still called {_listed(names)}."] if names else ["It is anonymous."]


def _merge_undone(merged: Sequence[int]) -> str:
    numbers = _and([f"profile {one}" for one in merged])
    return f"The merge with {numbers} is taken back: each side is what it would have been alone, later events included."


def _names(links: Sequence[Link]) -> list[Key]:
    return list(dict.fromkeys(name for one in links for name in one.names))


def _parts(links: Sequence[Link]) -> str:
    devices = sum(one.device is not None for one in links)
    told = [_counted(devices, "device"), _counted(len(links) - devices, "record")]
    return _and([one for one in told if one])


def _counted(number: int, noun: str) -> str:
    return "" if not number else f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _listed(names: Sequence[Key]) -> str:
    return _and([f"{LABELS.get(namespace, namespace)} {value}" for namespace, value in names])


def _and(words: Sequence[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"
