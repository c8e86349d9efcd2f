"""What unlinking an identity will do, in the words of a person who is about to do it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from console.identities import DEVICE, LABELS
from engine.ports import Identity, Link, Profile


@dataclass(frozen=True, slots=True)
class Parting:
    """What stays, what leaves, and what else to know. `is_possible` is false where there is nothing to part."""

    stays: Sequence[str]
    leaves: Sequence[str]
    is_possible: bool = True


def parting(profile: Profile, identity: Identity, links: Sequence[Link]) -> Parting:
    """Tell what unlinking will do."""
    key = (identity.namespace, identity.value)
    names = [(one.namespace, one.value) for one in profile.identities if one.namespace != DEVICE]
    others = [one for one in names if one != key]
    if identity.namespace == DEVICE:
        return _device(profile, names, [one for one in links if one.device != identity.value])
    merged = {id for one in links if (id := one.merged_from) is not None}
    if merged:
        return _merged(profile, sorted(merged))
    if not others:
        return _only_name(profile, key, links)
    return _name(profile, key, others, links)


def is_possible(profile: Profile, identity: Identity, links: Sequence[Link]) -> bool:
    """Tell whether there is anything to unlink it from."""
    return parting(profile, identity, links).is_possible


def _device(profile: Profile, names: Sequence[tuple[str, str]], rest: Sequence[Link]) -> Parting:
    if not rest:
        stays = [f"Profile {profile.id} keeps its number, its history and this device, and is anonymous again."]
        leaves = [f"{_listed(names)}: no longer a name of this profile."] if names else []
        return Parting(stays, leaves, bool(names))
    stays = [f"Profile {profile.id} keeps its number and {_parts(rest)}."]
    if names:
        stays.append(f"It is still called {_listed(names)}, as far as what stays says so.")
    return Parting(
        stays,
        ["This device, with everything that was done on it, as an anonymous profile of its own with a new number."],
    )


def _merged(profile: Profile, merged: Sequence[int]) -> Parting:
    numbers = _and([f"profile {one}" for one in merged])
    return Parting(
        [f"Profile {profile.id} keeps its number and what is its own, also what has happened since."],
        [f"The merge with {numbers} is taken back: each side is what it would have been alone, its later events too."],
    )


def _only_name(profile: Profile, key: tuple[str, str], links: Sequence[Link]) -> Parting:
    devices = [one for one in links if one.device is not None]
    records = [one for one in links if one.device is None]
    if not devices:
        return Parting(
            [f"Profile {profile.id} is nothing but this name, written by a server without a device."], [], False
        )
    if not records:
        stays = [f"Profile {profile.id} keeps its number with one of the devices, and is anonymous again."]
        return Parting(stays, [f"{_listed([key])}.", "Each other device, as an anonymous profile of its own."])
    return Parting(
        [f"{_listed([key])} stays with what servers wrote of it without a device."],
        [f"{_parts(devices).capitalize()}, each as an anonymous profile of its own with what was done on it."],
    )


def _name(profile: Profile, key: tuple[str, str], others: Sequence[tuple[str, str]], links: Sequence[Link]) -> Parting:
    going = [one for one in links if set(one.names) == {key}]
    staying = [one for one in links if one not in going]
    leaves = [f"{_listed([key])}."]
    if going:
        leaves.append(f"{_parts(going).capitalize()} that only this name holds, with what was done there.")
    stays = [f"Profile {profile.id} keeps its number, and is still called {_listed(others)}."]
    if staying:
        stays.append(f"{_parts(staying).capitalize()} stay with it, with their history.")
    return Parting(stays, leaves)


def _parts(links: Sequence[Link]) -> str:
    devices = sum(one.device is not None for one in links)
    records = len(links) - devices
    told = [_counted(devices, "device"), _counted(records, "record")]
    return _and([one for one in told if one])


def _counted(number: int, noun: str) -> str:
    return "" if not number else f"one {noun}" if number == 1 else f"{number} {noun}s"


def _listed(names: Sequence[tuple[str, str]]) -> str:
    return _and([f"{LABELS.get(namespace, namespace).lower()} {value}" for namespace, value in names])


def _and(words: Sequence[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"
